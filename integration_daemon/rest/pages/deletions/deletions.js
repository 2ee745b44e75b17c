// Deletions that wait for a person's word.

import { get, native } from "../shared/api.js";
import { button, element, make, say, set } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";
import { decide } from "./decisions.js";

const SHOWN = 10;

export function mount({ main, route, signal, title }) {
  title("Deletions");
  main.append(element("page-deletions").content.cloneNode(true));
  const deletions = new Deletions((what, held) => decide(route.server, what, held, again));
  const again = follow({
    signal,
    load: (loading) => get(native(route.server, "deletions", { limit: SHOWN }), loading),
    show: (held) => deletions.show(held),
    failed: (error) => main.replaceChildren(problem(error)),
    concerns: { status: () => true },
    every: 5000,
  });
}

class Deletions {
  #rows;

  // `decide(what, held)` approves or rejects one held deletion.
  constructor(decide) {
    this.#rows = new Keyed(element("deletions"), (held) => makeRow(held, decide), updateRow);
  }

  show({ total, deletions }) {
    const held = deletions.flatMap((each) => each.held.map((one) => ({ connector: each.connectorName, ...one })));
    this.#rows.show(held, (each) => `${each.connector}\n${each.scope}`);
    const more = total - deletions.length;
    say(element("deletions-more"), more > 0 ? `Shown are ${count(deletions.length)} of ${many(total, "connector")}; the command “integration-daemon deletions list” has all.` : "");
  }
}

function makeRow(held, decide) {
  const name = make("th");
  name.scope = "row";
  name.append(make("bdi", "name", held.connector), make("bdi", "detail", held.scope));
  const row = make("tr");
  const choices = make("td", "actions");
  for (const [what, word] of [["approve", "Approve"], ["reject", "Reject"]]) {
    choices.append(button(word, () => decide(what, row.held), { label: `${word} the deletions of ${held.connector}` }), " ");
  }
  row.append(name, make("td", "gone"), make("td", "when since", timeNode()), make("td", "sample"), choices);
  return row;
}

function updateRow(row, held) {
  row.held = held;
  const [, gone, since, sample, choices] = row.cells;
  say(gone, `${count(held.count)} of ${count(held.known)}`);
  showTime(since.firstElementChild, held.since);
  say(sample, examples(held));
  const [, reject] = choices.children;
  set(reject, "disabled", held.rejected);
  say(reject, held.rejected ? "Rejected" : "Reject");
}

// A few of the places that are gone, named from the scope on.
function examples({ scope, count: gone, sample }) {
  const shown = sample.slice(0, 3).map((place) => (place.startsWith(scope) ? place.slice(scope.length) : place));
  const more = gone - shown.length;
  return shown.join("\n") + (shown.length && more > 0 ? `\nand ${count(more)} more` : "");
}
