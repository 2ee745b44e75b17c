// Shows the page that the address names.
//
// A page is a module that exports `mount(view)`. The view has
//   main     the node to fill, which is empty
//   route    { server, page, parts, query } of the address
//   signal   aborted when the page is left: requests, listeners and timers end with it
//   title()  sets the title of the window
// `mount` may return `{ update(route) }`, which is called when only the parameters of the address have changed. Without
// it, and after any other change, the page is left and mounted again.

import { routeOf } from "../shared/addresses.js";
import { RequestError } from "../shared/api.js";
import { make } from "../shared/dom.js";
import { live } from "../shared/live.js";
import { problemPage } from "../shared/notice.js";

export class Router {
  #main;
  #pageOf;
  #shown = null; // { route, page, leaving }
  #scrolled = new Map(); // by the number of an entry of the history
  #entry = null;
  #entries = 0;

  // `pageOf(route)` loads the module for a route, or is null; `homeOf(route)` is the address for a route without a page;
  // `changed(route)` is called for each route.
  constructor(main, { pageOf, homeOf, changed }) {
    this.#main = main;
    this.#pageOf = pageOf;
    this.homeOf = homeOf;
    this.changed = changed;
    history.scrollRestoration = "manual";
    addEventListener("hashchange", () => this.show());
  }

  async show() {
    const route = routeOf(location.hash);
    if (!route?.page) return location.replace(this.homeOf(route)); // which calls `show` again
    if (this.#entry !== null) this.#scrolled.set(this.#entry, scrollY);
    const isNew = history.state?.entry === undefined;
    if (isNew) history.replaceState({ entry: `${performance.timeOrigin}-${++this.#entries}` }, "");
    this.#entry = history.state.entry;
    const before = this.#shown;
    this.changed(route);
    if (before?.page?.update && isSamePage(route, before.route)) {
      before.route = route;
      await before.page.update(route);
    } else {
      await this.#mount(route);
      if (before) this.#main.focus({ preventScroll: true }); // a screen reader continues here
    }
    if (!isNew || !before || !isSamePage(route, before.route)) scrollTo(0, this.#scrolled.get(this.#entry) ?? 0);
  }

  async #mount(route) {
    this.#shown?.leaving.abort();
    const shown = (this.#shown = { route, page: null, leaving: new AbortController() });
    const { signal } = shown.leaving;
    const main = make("div", "page");
    this.#main.setAttribute("aria-busy", "true");
    try {
      const module = await this.#pageOf(route);
      if (signal.aborted) return;
      this.#main.replaceChildren(module ? main : nowhere());
      if (module) shown.page = (await module.mount({ main, route, signal, title: setTitle(route) })) ?? null;
    } catch (error) {
      if (signal.aborted) return;
      this.#main.replaceChildren(problemPage(error));
      if (!(error instanceof RequestError)) reloadWhenLive(signal);
    } finally {
      if (!signal.aborted) this.#main.removeAttribute("aria-busy"); // another page is being loaded
    }
  }

  // Leave the page.
  stop() {
    this.#shown?.leaving.abort();
    this.#shown = null;
    this.#main.removeAttribute("aria-busy");
  }
}

// Browsers cache the failure to load a module until the whole page is loaded again.
const reloadWhenLive = (signal) => live.addEventListener("again", () => location.reload(), { signal });

const isSamePage = (one, other) =>
  one.server === other.server && one.page === other.page && one.parts.join("\n") === other.parts.join("\n");

const setTitle = (route) => (text) => {
  document.title = `${text} · ${route.server}`;
};

function nowhere() {
  return problemPage({ message: "This page does not exist.", action: "Choose a page in the header." });
}
