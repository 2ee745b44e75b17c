// The legend of a lineage drawing: the meaning of its boxes and lines.

import { make } from "../shared/dom.js";
import { draw } from "../shared/svg.js";

const LINES = [["DataFlow", "data flows"], ["LineageMapping", "a value is derived from another"], ["ProcessCall", "a process calls, or controls, another"]];

export function legend() {
  const list = make("ul", "legend", box(4, "data"), box(11, "process"));
  list.setAttribute("aria-label", "Legend");
  for (const [type, meaning] of LINES) list.append(line(type, meaning));
  return list;
}

function sample() {
  return draw("svg", { width: 34, height: 22, viewBox: "0 0 34 22", "aria-hidden": "true" });
}

function box(rx, meaning) {
  const svg = sample();
  svg.append(draw("rect", { x: 1, y: 1, width: 32, height: 20, rx }));
  return make("li", "", svg, meaning);
}

function line(type, meaning) {
  const svg = sample();
  svg.append(draw("path", { class: `edge ${type}`, d: "M1 11H33" }));
  return make("li", "", svg, meaning);
}
