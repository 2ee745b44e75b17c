// Draws a lineage graph as SVG, whose boxes can be followed by mouse and by keyboard.

import { draw } from "../shared/svg.js";
import { HEAD, ROW, WIDTH } from "./layout.js";

const LONGEST = 25;

// Keep both ends of a long name, which distinguish it best.
const short = (name) => (name.length > LONGEST ? `${name.slice(0, 9)}…${name.slice(9 - LONGEST + 1)}` : name);

// `follow(node)` is called when a node is clicked, or Enter is pressed on it.
export function drawing(graph, laidOut, follow) {
  const { width, height } = laidOut;
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Lineage" });
  svg.append(arrowHead());
  const edges = laidOut.edges.map((each) => drawEdge(each));
  svg.append(...edges);
  const parts = laidOut.boxes.flatMap((box) => [drawBox(box, graph.guid, follow), ...box.rows.map((column, index) => drawRow(box, column, index, graph.guid, follow))]);
  svg.append(...parts);
  moveByArrows(svg, graph, laidOut);
  const mark = (guid) => edges.forEach((each) => each.classList.toggle("near", each.ends.includes(guid)));
  for (const kind of ["focusin", "pointerover"]) {
    svg.addEventListener(kind, (event) => mark(event.target.closest("[data-guid]")?.dataset.guid));
  }
  return svg;
}

function arrowHead() {
  const marker = draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" });
  marker.append(draw("path", { d: "M0 0 8 4 0 8z" }));
  const defs = draw("defs");
  defs.append(marker);
  return defs;
}

function drawEdge({ edge, from, lanes, to }) {
  let [x, y] = from;
  let way = `M${x} ${y}`;
  for (const [nextX, nextY] of [...lanes, to]) {
    const bend = Math.max(36, Math.abs(nextX - x) / 2);
    way += `C${x + bend} ${y} ${nextX - bend} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX + WIDTH, nextY];
    if (nextX !== to[0] || nextY !== to[1]) way += `H${x}`;
  }
  const path = draw("path", { class: `edge ${edge.typeName}`, d: way, "marker-end": "url(#arrow)" });
  path.ends = [edge.end1Guid, edge.end2Guid];
  path.append(draw("title", {}, edge.typeName));
  return path;
}

function drawBox({ node, x, y, height }, start, follow) {
  const group = followed("box", node, start, follow);
  group.append(
    draw("rect", { x, y, width: WIDTH, height, rx: node.typeName.includes("Process") || node.typeName === "DeployedSoftwareComponent" ? 16 : 4 }),
    draw("text", { class: "called", x: x + 12, y: y + 19 }, short(node.displayName)),
    draw("text", { class: "kind", x: x + 12, y: y + HEAD - 9 }, short(node.typeName)),
  );
  return group;
}

function drawRow({ x, y }, column, index, start, follow) {
  const group = followed("column", column, start, follow);
  const top = y + HEAD + ROW * index;
  group.append(
    draw("rect", { x: x + 4, y: top, width: WIDTH - 8, height: ROW - 2, rx: 3 }),
    draw("text", { x: x + 12, y: top + ROW - 7 }, short(column.displayName)),
  );
  return group;
}

function followed(kind, node, start, follow) {
  const steps = node.guid === start ? "start of the drawing" : `${node.distance} step${node.distance === 1 ? "" : "s"} away`;
  const group = draw("g", {
    class: `${kind}${node.guid === start ? " start" : ""}${node.status === "ARCHIVED" ? " archived" : ""}`,
    tabindex: node.guid === start ? 0 : -1,
    role: "button",
    "data-guid": node.guid,
    "aria-label": `${node.displayName}, ${node.typeName || "table"}${node.status === "ARCHIVED" ? ", archived" : ""}, ${steps}`,
  });
  group.append(draw("title", {}, node.qualifiedName));
  group.addEventListener("click", () => follow(node));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    follow(node);
  });
  return group;
}

// Left and right follow the edges, up and down go to the neighbours in a layer; one node at a time is in the tab order.
function moveByArrows(svg, graph, { boxes }) {
  const placed = boxes.flatMap((box) => [[box.node.guid, box, -1], ...box.rows.map((row, index) => [row.guid, box, index])]);
  const places = new Map(placed.map(([guid, box, index]) => [guid, { layer: box.layer, y: box.y + index * ROW, guid }]));
  const along = (guid, from, to) => graph.edges.filter((each) => each[from] === guid).map((each) => places.get(each[to]));
  const beside = (guid, down) => {
    const here = places.get(guid);
    return [...places.values()].filter((each) => each.layer === here.layer && (down ? each.y > here.y : each.y < here.y));
  };
  const candidates = {
    ArrowLeft: (guid) => along(guid, "end2Guid", "end1Guid"),
    ArrowRight: (guid) => along(guid, "end1Guid", "end2Guid"),
    ArrowUp: (guid) => beside(guid, false),
    ArrowDown: (guid) => beside(guid, true),
  };
  svg.addEventListener("keydown", (event) => {
    const guid = event.target.dataset?.guid;
    if (!guid || !candidates[event.key]) return;
    event.preventDefault();
    const here = places.get(guid);
    const far = (each) => 1e6 * Math.abs(each.layer - here.layer) + Math.abs(each.y - here.y);
    const [nearest] = candidates[event.key](guid).sort((a, b) => far(a) - far(b));
    if (nearest) focusOn(svg, nearest.guid);
  });
}

export function focusOn(svg, guid) {
  for (const each of svg.querySelectorAll('[tabindex="0"]')) each.setAttribute("tabindex", -1);
  const node = svg.querySelector(`[data-guid="${CSS.escape(guid)}"]`);
  node?.setAttribute("tabindex", 0);
  node?.focus();
}

