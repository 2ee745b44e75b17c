// The lineage of an element: it is searched for by words of its name, and drawn when it is chosen.

import { address } from "../shared/addresses.js";
import { explained, get, native } from "../shared/api.js";
import { drawing, focusOn } from "./drawing.js";
import { layOut } from "./layout.js";
import { button, element, make, say } from "../shared/dom.js";
import { count, many } from "../shared/words.js";

const FOUND = 20;
const DRAWN = 200; // a drawing of more cannot be read

export function mount({ main, route, title }) {
  title("Elements");
  main.append(element("page-lineage").content.cloneNode(true));
  new Lineage(route.server).open(route.parts[0]);
}

class Lineage {
  #server;
  #shown = null; // the node whose lineage is drawn
  #asking = new AbortController();

  constructor(server) {
    this.#server = server;
    element("lineage-search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search(element("lineage-text").value);
    });
    for (const id of ["lineage-direction", "lineage-depth", "lineage-columns"]) {
      element(id).addEventListener("change", () => this.#shown && this.show(this.#shown));
    }
  }

  // Draw the lineage of the element that the address of the page names, if it names one.
  open(guid) {
    if (guid) this.show({ guid, displayName: "" });
  }

  async #search(text) {
    if (!text.trim()) return;
    const words = text.trim().split(/\s+/).map((each) => `${each}*`).join(" ");
    const found = await this.#ask("elements", { text: words, limit: FOUND });
    if (!found) return;
    const choices = found.elements.map((each) => {
      const { displayName, qualifiedName } = each.properties;
      const name = displayName || qualifiedName;
      const item = make("li");
      item.append(button(name, () => this.show({ guid: each.guid, displayName: name }), { label: `Lineage of ${name}` }), make("span", "detail", `${each.typeName} ${qualifiedName}`));
      return item;
    });
    element("lineage-found").replaceChildren(...choices);
    this.#say(choices.length ? "" : "No element has these words in its name or description.");
  }

  // Draw the lineage of a node, in place of what is drawn.
  async show(node, moveFocus = false) {
    const graph = await this.#ask(`elements/${encodeURIComponent(node.guid)}/lineage`, {
      direction: element("lineage-direction").value,
      depth: element("lineage-depth").value,
      columns: element("lineage-columns").checked,
      limit: DRAWN,
    });
    if (!graph) return;
    const [start] = graph.nodes.filter((each) => each.guid === graph.guid);
    this.#shown = start;
    history.replaceState(history.state, "", address(this.#server, "elements", [graph.guid]));
    const svg = drawing(graph, layOut(graph), (next) => this.show(next, true));
    element("lineage-drawing").replaceChildren(svg);
    element("lineage-options").hidden = false;
    element("lineage-found").replaceChildren();
    const more = graph.isTruncated ? `; there are more than ${count(graph.nodes.length)}, the nearest are drawn` : "";
    this.#say(`${start.displayName}: ${many(graph.nodes.length - 1, "other element")}${more}.`);
    const { x, y, width, height } = svg.querySelector(".start").getBBox();
    const view = element("lineage-drawing");
    view.scrollTo(x + (width - view.clientWidth) / 2, y + (height - view.clientHeight) / 2);
    if (moveFocus) focusOn(svg, graph.guid);
  }

  // The answer to the latest question; null if it is not the latest any more, or there is none.
  async #ask(path, query) {
    this.#asking.abort();
    const asking = (this.#asking = new AbortController());
    try {
      return await get(native(this.#server, path, query), asking.signal);
    } catch (error) {
      if (!asking.signal.aborted) this.#say(explained(error));
      return null;
    }
  }

  #say(text) {
    say(element("lineage-told"), text);
  }
}
