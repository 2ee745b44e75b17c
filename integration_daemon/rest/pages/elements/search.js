// The search for elements: by words, type, connector and metadata source, a page at a time.

import { withQuery } from "../shared/addresses.js";
import { READING_ELEMENTS, requirePermission } from "../shared/allowed.js";
import { get } from "../shared/api.js";
import { button, link, make, say } from "../shared/dom.js";
import { elementsOf } from "../shared/elements.js";
import { follow } from "../shared/follow.js";
import { choice, fill, input, labelled, suggest, valuesOf } from "../shared/form.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { showTime, timeNode } from "../shared/times.js";
import { many } from "../shared/words.js";
import { canHaveLineage, elementLink, inWords, lineageAddress, nameOf } from "./names.js";

const PAGE = 50;

export async function mount({ main, route, signal, title }) {
  title("Elements");
  await requirePermission(route.server, "READ_METADATA", signal, READING_ELEMENTS);
  if (signal.aborted) return null;
  const search = new Search(route.server);
  let shown = route;
  const again = follow({
    signal,
    load: (loading) => loadPage(shown, loading),
    show: (page) => search.show(shown, page),
    failed: (error) => search.failed(error),
  });
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = withQuery(shown, { ...valuesOf(search.form), cursor: null });
  });
  search.form.addEventListener("change", () => search.form.requestSubmit());
  search.read(route);
  search.suggestTypes(signal);
  main.append(search.node);
  return {
    update(next) {
      shown = next;
      search.read(next);
      again();
    },
  };
}

function loadPage({ server, query }, signal) {
  const wanted = Object.fromEntries(["type", "connector", "source", "archived", "cursor"].map((name) => [name, query.get(name)]));
  return elementsOf(server, { ...wanted, text: words(query.get("text") ?? "") }, PAGE, signal);
}

// Search for words that begin with the given ones.
const words = (text) => text.split(/\s+/).filter(Boolean).map((each) => (each.endsWith("*") ? each : `${each}*`)).join(" ");

class Search {
  #rows;
  #told = make("p", "quiet");
  #busy;
  #more = make("nav", "bar pager");

  constructor(server) {
    this.server = server;
    this.form = this.#makeForm();
    const table = make("table", "elements");
    const head = make("thead", "", make("tr", "", ...["Element", "Type", "Metadata source", "Changed"].map(columnHead), make("td")));
    const body = make("tbody");
    table.append(make("caption", "unseen", "Elements found"), head, body);
    this.#busy = table;
    this.#rows = new Keyed(body, (element) => makeRow(server, element), updateRow);
    this.#told.setAttribute("role", "status");
    this.#more.setAttribute("aria-label", "Pages of elements");
    const heading = make("h1", "", "Elements");
    heading.id = "elements-title";
    this.node = make("section", "", heading, this.form, this.#told, table, this.#more);
    this.node.setAttribute("aria-labelledby", heading.id);
  }

  #makeForm() {
    const form = make("form", "filter");
    form.setAttribute("role", "search");
    form.setAttribute("aria-label", "Elements");
    this.type = input("type", "text", { placeholder: "Any" });
    const clear = button("Clear filter", () => (location.hash = withQuery(this.route, Object.fromEntries([...this.route.query.keys()].map((name) => [name, null])))));
    this.clear = clear;
    form.append(
      labelled("Words in the name or description", input("text", "search", { placeholder: "Table, file, job …" }), "wide"),
      labelled("Type", this.type),
      labelled("Connector", input("connector", "search", { placeholder: "Any" })),
      labelled("Metadata source", input("source", "search", { placeholder: "Any" })),
      labelled("State", choice("archived", [["", "Active"], ["true", "Active and archived"]])),
      make("div", "field buttons", submit("Search"), clear),
    );
    return form;
  }

  async suggestTypes(signal) {
    const { types } = await get("/api/v1/element-types", signal).catch(() => ({ types: [] }));
    if (!signal.aborted) suggest(this.type, types.map((each) => each.name));
  }

  // Fill the form from the address.
  read(route) {
    this.route = route;
    fill(this.form, route.query);
    this.clear.hidden = route.query.size === 0;
    this.#busy.setAttribute("aria-busy", "true");
    say(this.#told, "Searching …");
  }

  show(route, { elements, cursor, indexedTo }) {
    this.#rows.show(elements, (each) => each.guid);
    this.#busy.setAttribute("aria-busy", "false");
    this.#busy.hidden = elements.length === 0;
    say(this.#told, found(route, elements.length, cursor, indexedTo));
    const pages = [];
    if (route.query.has("cursor")) pages.push(link("First page", withQuery(route, { cursor: null }), { className: "button" }));
    if (cursor !== null) pages.push(link("Next page", withQuery(route, { cursor }), { className: "button" }));
    this.#more.replaceChildren(...pages);
  }

  failed(error) {
    this.#rows.show([], () => "");
    this.#busy.hidden = true;
    this.#more.replaceChildren();
    this.#told.replaceChildren(problem(error));
  }
}

function found(route, shown, cursor, indexedTo) {
  const behind = indexedTo === null ? "" : " The full-text index is not up to date: the latest changes are not found yet.";
  if (!shown && cursor === null) return (route.query.size ? "No elements match the filter." : "The catalogue has no elements.") + behind;
  if (!shown) return `No matches among the elements examined so far. The next page continues the search.${behind}`;
  const more = cursor === null ? "" : " on this page, and more on the next";
  return `${many(shown, "element")}${more}.${behind}`;
}

function columnHead(text) {
  const head = make("th", "", text);
  head.scope = "col";
  return head;
}

function submit(text) {
  const made = make("button", "primary", text);
  made.type = "submit";
  return made;
}

function makeRow(server, { guid, typeName, properties }) {
  const name = nameOf(properties);
  const head = make("th", "", elementLink(server, guid, name), make("bdi", "detail"));
  head.scope = "row";
  const lineage = make("td", "actions");
  if (canHaveLineage(typeName)) lineage.append(link("Lineage", lineageAddress(server, guid), { label: `Lineage of ${name}` }));
  return make("tr", "", head, make("td", "kind"), make("td", "source"), make("td", "when changed", timeNode()), lineage);
}

function updateRow(row, { typeName, status, metadataSource, properties, updateTime, createTime }) {
  const [head, kind, source, changed] = row.cells;
  const [name, qualified] = head.children;
  say(name.firstElementChild, nameOf(properties));
  say(qualified, properties.qualifiedName === nameOf(properties) ? "" : properties.qualifiedName);
  say(kind, inWords(typeName) + (status === "ARCHIVED" ? ", archived" : ""));
  kind.title = typeName;
  say(source, metadataSource ?? "");
  showTime(changed.firstElementChild, updateTime ?? createTime);
}
