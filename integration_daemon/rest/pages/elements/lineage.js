// The lineage of an element as a drawing: the sources and the destinations of its data.

import { withQuery } from "../shared/addresses.js";
import { READING_ELEMENTS, requirePermission } from "../shared/allowed.js";
import { get, native } from "../shared/api.js";
import { link, make, say } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { choice, fill, input, labelled, valuesOf } from "../shared/form.js";
import { problem } from "../shared/notice.js";
import { count, many } from "../shared/words.js";
import { drawing, focusOn } from "./drawing.js";
import { isColumn, layOut } from "./layout.js";
import { legend } from "./legend.js";
import { elementLink, inWords, lineageAddress } from "./names.js";

const DRAWN = 200; // elements: a larger drawing is unreadable
const DEPTHS = ["1", "2", "4", "10", "30"];
const DEPTH = "10";

let isFollowed = false; // by keyboard: the focus then moves to the next element that is drawn

export async function mount({ main, route, signal, title }) {
  title("Lineage");
  await requirePermission(route.server, "READ_METADATA", signal, READING_ELEMENTS);
  if (signal.aborted) return null;
  const lineage = new Lineage(route, title);
  main.append(lineage.node);
  const again = follow({
    signal,
    load: (loading) => lineage.load(loading),
    show: (graph) => lineage.show(graph),
    failed: (error) => lineage.failed(error),
  });
  return {
    update(next) {
      lineage.read(next);
      again();
    },
  };
}

class Lineage {
  #title;
  #heading = make("h1");
  #told = make("p", "quiet");
  #drawing = make("div", "lineage");
  #list = make("ul", "reached");
  #details;
  #toElement;

  constructor(route, title) {
    this.#title = title;
    this.#told.setAttribute("role", "status");
    this.#toElement = link("Details", "#", { className: "button" });
    this.#heading.id = "lineage-title";
    this.#drawing.tabIndex = -1;
    this.#details = make("details", "", make("summary", "", "As a list"), this.#list);
    this.form = options();
    this.form.addEventListener("change", () => (location.hash = withQuery(this.route, valuesOf(this.form))));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    const hint = make("p", "quiet", "To follow the lineage, click a box, or use the arrow keys and Enter.");
    this.node = make("section", "", this.#heading, hint, make("div", "bar", this.form, this.#toElement), this.#told, this.#drawing, legend(), this.#details);
    this.node.setAttribute("aria-labelledby", this.#heading.id);
    this.read(route);
  }

  read(route) {
    this.route = route;
    fill(this.form, route.query);
    this.#toElement.href = elementLink(route.server, route.parts[0], "").getAttribute("href");
  }

  load(signal) {
    const { server, parts: [guid] } = this.route;
    const { direction, depth, columns } = valuesOf(this.form);
    const query = { direction: direction ?? "both", depth: depth ?? DEPTH, columns: columns ?? false, limit: DRAWN };
    return get(native(server, `elements/${encodeURIComponent(guid)}/lineage`, query), signal);
  }

  show(graph) {
    const start = graph.nodes.find((each) => each.guid === graph.guid);
    this.#title(`Lineage of ${start.displayName}`);
    this.#heading.replaceChildren("Lineage of ", make("bdi", "", start.displayName));
    say(this.#told, told(graph));
    const svg = drawing(graph, layOut(graph), (node) => this.#follow(node));
    this.#drawing.replaceChildren(svg);
    this.#showList(graph);
    this.#toMiddle(svg);
    if (isFollowed) focusOn(svg, graph.guid);
    isFollowed = false;
  }

  #follow(node) {
    isFollowed = document.activeElement?.closest?.("svg") !== null && document.activeElement !== document.body;
    location.hash = lineageAddress(this.route.server, node.guid, valuesOf(this.form));
  }

  #showList(graph) {
    const others = graph.nodes.filter((each) => each.guid !== graph.guid);
    const ends = { in: new Set(graph.edges.map((each) => each.end2Guid)), out: new Set(graph.edges.map((each) => each.end1Guid)) };
    const items = others.map((node) => {
      const away = node.distance ? `${many(node.distance, "step")} away` : "part of the element";
      const leaf = ends.in.has(node.guid) ? (ends.out.has(node.guid) ? "" : ", an end") : ", an origin";
      const named = isColumn(node) ? `${node.partOfName}: ${node.displayName}` : node.displayName;
      return make("li", "", elementLink(this.route.server, node.guid, named), make("span", "quiet", ` ${inWords(node.typeName)}, ${away}${leaf}`));
    });
    this.#list.replaceChildren(...items);
    this.#details.hidden = items.length === 0;
  }

  #toMiddle(svg) {
    const { x, y, width, height } = svg.querySelector(".start").getBBox();
    const view = this.#drawing;
    view.scrollTo(x + (width - view.clientWidth) / 2, y + (height - view.clientHeight) / 2);
  }

  failed(error) {
    this.#drawing.replaceChildren();
    this.#list.replaceChildren();
    this.#told.replaceChildren(problem(error));
  }
}

function told({ nodes, edges, isTruncated }) {
  const others = nodes.length - 1;
  if (!others) return "This element has no known lineage in this direction.";
  const more = isTruncated ? `; only the nearest elements are drawn` : "";
  return `${many(others, "other element")}, ${many(edges.length, "relationship")}${more}.`;
}

function options() {
  const direction = choice("direction", [["both", "Both"], ["upstream", "Upstream: sources"], ["downstream", "Downstream: destinations"]]);
  direction.dataset.default = "both";
  const depth = choice("depth", DEPTHS.map((each) => [each, each]));
  depth.dataset.default = DEPTH;
  const columns = input("columns", "checkbox");
  const form = make("form", "options", labelled("Direction", direction), labelled("Steps", depth), labelled("Columns", columns, "tick"));
  form.setAttribute("aria-label", "Options of the drawing");
  return form;
}
