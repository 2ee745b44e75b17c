// One server of the platform: its state, and the health of its connectors.

import { address } from "../shared/addresses.js";
import { link, make, say } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

const WORST_FIRST = ["STALE", "DEGRADED", "UNKNOWN", "PAUSED", "STOPPED", "HEALTHY"];

export function makeServer({ name, isStopped }) {
  const title = isStopped ? make("bdi", "name", name) : link("", address(name, "connectors"), { className: "name" });
  if (!isStopped) title.append(make("bdi", "", name));
  const state = make("p", "quiet", make("span", isStopped ? "state STOPPED" : "state WAITING"), " ", timeNode());
  return make("li", `server-card${isStopped ? " stopped" : ""}`, make("h2", "", title), make("p", "quiet"), state, make("div", "bar counts"));
}

export function updateServer(card, server) {
  const [, type, state, counts] = card.children;
  say(type, server.isStopped ? "Not running; its document is stored." : server.type);
  say(state.firstElementChild, server.isStopped ? "Stopped" : server.startTime ? "Running, started" : "Starting");
  showTime(state.lastElementChild, server.isStopped ? server.endTime : server.startTime);
  const chips = chipsOf(server);
  const told = chips.map(({ text, href }) => `${text} ${href}`).join("\n");
  if (counts.dataset.told === told) return; // unchanged nodes are not touched
  counts.dataset.told = told;
  counts.replaceChildren(...chips.map(({ text, href, kind }) => link(text, href, { className: `chip ${kind}` })));
}

function chipsOf({ name, connectors, deletions, incidents }) {
  const chips = [];
  const open = incidents?.incidents.length ?? 0;
  if (open) chips.push({ text: `${many(open, "incident")} open`, href: address(name, "platform"), kind: "FAILED" });
  if (connectors) {
    chips.push({ text: `${many(connectors.total, "connector")}`, href: address(name, "connectors"), kind: "" });
    for (const condition of WORST_FIRST.filter((each) => connectors.conditions[each])) {
      chips.push({ text: `${count(connectors.conditions[condition])} ${condition.toLowerCase()}`, href: address(name, "connectors", [], { condition }), kind: condition });
    }
  }
  if (deletions?.total) chips.push({ text: `${many(deletions.total, "connector")} with held deletions`, href: address(name, "deletions"), kind: "held" });
  return chips;
}
