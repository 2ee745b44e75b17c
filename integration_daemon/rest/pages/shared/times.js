// Times that are shown relative to now, and kept up to date; the absolute time is in the title.

import { make, say } from "./dom.js";
import { ago, clock } from "./words.js";

const PACE = 1000;

export const timeNode = () => make("time");

// Show a time in a node of `timeNode`; null clears it.
export function showTime(node, time) {
  if (node.dateTime === (time ?? "")) return;
  node.dateTime = time ?? "";
  node.title = time ? clock(time) : "";
  say(node, time ? ago(time) : "");
}

setInterval(() => {
  if (document.hidden) return;
  for (const node of document.querySelectorAll("time[title][datetime]")) {
    if (node.dateTime) say(node, ago(node.dateTime));
  }
}, PACE);
