// A connector at a glance: its condition beside its name, and its times and figures.

import { address } from "../shared/addresses.js";
import { healthNode, showHealth } from "../shared/condition.js";
import { link, make, say } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, duration, many } from "../shared/words.js";

const EXECUTION = { loop: "event loop", thread: "worker threads", process: "separate process" };

// The label of each fact, with its text, `{ time }` or `{ href, text }`; null or undefined if it does not apply.
const FACTS = {
  "Condition since": ({ conditionSince }) => ({ time: conditionSince }),
  "Last success": ({ lastSuccess }) => ({ time: lastSuccess }),
  "Last attempt": ({ lastAttempt }) => ({ time: lastAttempt }),
  "Next refresh": ({ nextDue, state }) => ({ time: ["FAILED", "PAUSED", "STOPPED"].includes(state) ? null : nextDue }),
  "Next restart": ({ restartDue }) => ({ time: restartDue }),
  "Restart waits for": ({ restartAwaits }) => restartAwaits,
  "Target state": ({ targetState }) => (targetState === "RUNNING" ? null : targetState?.toLowerCase()),
  Interval: ({ refreshInterval }) => (refreshInterval ? duration(refreshInterval * 60) : refreshInterval === 0 ? "on request" : null),
  Progress: ({ progress }) => progress,
  "Consecutive failures": ({ consecutiveFailures }) => (consecutiveFailures ? count(consecutiveFailures) : null),
  Restarts: ({ restarts }) => (restarts ? count(restarts) : null),
  "Abandoned calls": ({ abandoned }) => (abandoned ? count(abandoned) : null),
  Service: ({ service }, server) => service && { href: address(server, "connectors", [], { service }), text: service },
  Group: ({ group }, server) => group && { href: address(server, "connectors", [], { group }), text: group },
  Execution: ({ lane }) => EXECUTION[lane],
  "Held deletions": ({ heldDeletions }, server) =>
    heldDeletions && { href: address(server, "deletions"), text: many(heldDeletions, "element") },
};

export class Facts {
  #health = healthNode();
  #labels = make("span", "labels");
  #list = make("dl", "facts");
  #nodes = new Map();

  constructor(heading, parent, server) {
    this.server = server;
    heading.append(this.#health, this.#labels);
    parent.append(this.#list);
  }

  show(connector) {
    this.#health.hidden = Boolean(connector.isTargetsAlone);
    if (!connector.isTargetsAlone) showHealth(this.#health, connector);
    this.#showLabels(connector.labels ?? []);
    for (const [label, factOf] of Object.entries(FACTS)) this.#showFact(label, factOf(connector, this.server));
  }

  #showLabels(labels) {
    if (this.#labels.dataset.shown === labels.join("\n")) return;
    this.#labels.dataset.shown = labels.join("\n");
    const links = labels.map((label) => link(label, address(this.server, "connectors", [], { label }), { className: "chip", label: `Connectors with the label ${label}` }));
    this.#labels.replaceChildren(...links);
  }

  #showFact(label, fact) {
    const isThere = Boolean(fact) && (typeof fact === "string" || Boolean(fact.time ?? fact.text));
    if (!this.#nodes.has(label)) {
      if (!isThere) return;
      this.#nodes.set(label, this.#makeFact(label, fact));
    }
    const [group, value] = this.#nodes.get(label);
    group.hidden = !isThere;
    if (!isThere) return;
    if ("time" in Object(fact)) showTime(value, fact.time);
    else say(value, fact.text ?? fact);
  }

  #makeFact(label, fact) {
    const isTime = "time" in Object(fact);
    const value = isTime ? timeNode() : fact.href ? link("", fact.href) : make("span");
    const group = make("div", "", make("dt", "", label), make("dd", "", value));
    const labels = Object.keys(FACTS);
    const after = [...this.#nodes].filter(([each]) => labels.indexOf(each) < labels.indexOf(label));
    const [, last] = after.sort(([one], [other]) => labels.indexOf(one) - labels.indexOf(other)).at(-1) ?? [null, [null]];
    if (last[0]) last[0].after(group);
    else this.#list.prepend(group);
    return [group, value];
  }
}
