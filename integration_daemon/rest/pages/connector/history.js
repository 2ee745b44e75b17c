// The last refreshes of a connector: a chart of their durations and outcomes, and the same data as a table.

import { make } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, duration } from "../shared/words.js";
import { chart } from "./history_chart.js";

const HEADINGS = ["Began", "Duration", "Elements", "Outcome"];
const CHANGES = { created: "created", updated: "updated", removed: "removed", held: "held", sent: "sent", rejected: "rejected" };

export class History {
  #section = make("section", "history");
  #chart = make("div", "chart");
  #empty = make("p", "quiet", "No refreshes are recorded.");
  #table = make("table", "refreshes");
  #rows;
  #shown = "";

  constructor(parent) {
    const title = make("h2", "", "Last refreshes");
    title.id = "history-title";
    this.#section.setAttribute("aria-labelledby", title.id);
    this.#table.setAttribute("aria-labelledby", title.id);
    const body = make("tbody");
    this.#table.append(make("thead", "", make("tr", "", ...HEADINGS.map(heading))), body);
    this.#rows = new Keyed(body, makeRow);
    this.#section.append(title, this.#chart, this.#empty, this.#table);
    parent.append(this.#section);
  }

  show({ recentRefreshes = [] }) {
    const shown = JSON.stringify(recentRefreshes);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#empty.hidden = recentRefreshes.length > 0;
    this.#table.hidden = recentRefreshes.length === 0;
    this.#chart.replaceChildren(...(recentRefreshes.length ? [chart([...recentRefreshes].reverse(), outcomeOf, this.#chart.clientWidth)] : []));
    this.#rows.show(recentRefreshes, (each) => JSON.stringify(each));
  }
}

function heading(text, index) {
  const made = make("th", index === 1 || index === 2 ? "number" : "", text);
  made.scope = "col";
  return made;
}

// The outcome of an attempt: its kind, and a text.
export function outcomeOf(report) {
  const { failure, method = "refresh", attempts = 1 } = report;
  const times = attempts > 1 ? ` ${count(attempts)} times in a row` : "";
  const where = method === "refresh" ? "" : ` in ${method}`;
  if (failure) return { kind: "failed", text: `Failed${where}${times}: ${failure}` };
  const changes = Object.entries(CHANGES).filter(([name]) => report[name]).map(([name, word]) => `${count(report[name])} ${word}`);
  return changes.length ? { kind: "changed", text: changes.join(", ") } : { kind: "unchanged", text: "No change" };
}

function makeRow(report) {
  const { kind, text } = outcomeOf(report);
  const time = timeNode();
  showTime(time, report.began);
  const seen = report.seen ? count(report.seen) : "";
  return make("tr", kind, make("td", "when", time), make("td", "number", duration(report.seconds)), make("td", "number", seen), make("td", "outcome", make("bdi", "", text)));
}
