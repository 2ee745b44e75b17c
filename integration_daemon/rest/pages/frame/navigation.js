// The links to the pages of a server, and to the other servers.

import { address } from "../shared/addresses.js";
import { attribute, element, link, make } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";

export class Navigation {
  #pages;
  #links;
  #servers;

  // `pages` has { name, label, isOffered(server) } for each page with a link.
  constructor(pages) {
    this.#pages = pages;
    this.#links = new Keyed(element("pages"), makeItem, updateItem);
    this.#servers = new Keyed(element("servers"), makeItem, updateItem);
    const chooser = element("server");
    addEventListener("click", (event) => chooser.contains(event.target) || chooser.removeAttribute("open"));
    chooser.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      chooser.open = false;
      chooser.querySelector("summary").focus();
    });
  }

  // `servers` are those that the caller may see; `route` is the current route.
  show(servers, route) {
    const server = servers.find((each) => each.name === route?.server);
    const offered = server ? this.#pages.filter((each) => each.isOffered(server)) : [];
    const current = (page) => (page.name !== route.page ? null : route.parts.length ? "true" : "page");
    this.#links.show(
      offered.map((each) => ({ text: each.label, href: address(server.name, each.name), current: current(each) })),
      (each) => each.text,
    );
    this.#servers.show(
      servers.map(({ name, type }) => ({ text: name, detail: type, href: address(name, ""), current: name === route?.server ? "true" : null })),
      (each) => each.text,
    );
    element("server").hidden = servers.length < 2;
    element("only-server").hidden = servers.length >= 2;
    for (const id of ["server-name", "only-server"]) element(id).textContent = server?.name ?? "Choose a server";
    element("server").open = false;
  }
}

function makeItem({ text, detail = "" }) {
  return make("li", "", link(text, "#"), detail && make("span", "detail", detail));
}

function updateItem(item, { href, current }) {
  attribute(item.firstElementChild, "href", href);
  attribute(item.firstElementChild, "aria-current", current);
}
