// The changes that the last dry run found, as a difference.

import { make, say } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

const KINDS = [
  { name: "created", sign: "+", word: "would be created" },
  { name: "updated", sign: "~", word: "would be updated" },
  { name: "removed", sign: "−", word: "would be removed" },
  { name: "held", sign: "?", word: "would be held until an operator decides" },
  { name: "sent", sign: "→", word: "would be sent to the third party" },
];

export class DryRun {
  #section = make("section", "dry-run");
  #time = timeNode();
  #summary = make("p");
  #lists = make("div");
  #shown = "";

  constructor(parent) {
    const title = make("h2", "", "Dry run, ", this.#time);
    title.id = "dry-run-title";
    this.#section.setAttribute("aria-labelledby", title.id);
    this.#section.append(title, this.#summary, this.#lists);
    this.#section.hidden = true;
    parent.append(this.#section);
  }

  show({ dryRun }) {
    this.#section.hidden = !dryRun;
    if (!dryRun) return;
    showTime(this.#time, dryRun.began);
    const shown = JSON.stringify(dryRun);
    if (shown === this.#shown) return;
    this.#shown = shown;
    say(this.#summary, summaryOf(dryRun));
    this.#lists.replaceChildren(...KINDS.filter(({ name }) => dryRun[name]).map((kind) => listOf(kind, dryRun)));
  }
}

function summaryOf(report) {
  if (report.failure) return `The dry run failed: ${report.failure}`;
  const changes = KINDS.reduce((sum, { name }) => sum + (report[name] ?? 0), 0);
  const seen = `${many(report.seen ?? 0, "element")} examined.`;
  return changes ? `${seen} A refresh would make these changes:` : `${seen} A refresh would change nothing.`;
}

function listOf({ name, sign, word }, report) {
  const names = report.names?.[name] ?? [];
  const items = names.map((each) => make("li", "", make("span", "sign", sign), make("bdi", "", each)));
  const more = report[name] - names.length;
  if (more > 0) items.push(make("li", "quiet", make("span", "sign", ""), `and ${count(more)} more`));
  return make("div", `change ${name}`, make("h3", "", `${count(report[name])} ${word}`), make("ul", "", ...items));
}
