// Deletions that wait for a person's word.

import { now } from "./api.js";
import { Keyed, ago, button, clock, count, element, make, many, say, set } from "./show.js";

export const SHOWN = 10;

export class Deletions {
  #rows;

  // `decide(what, held)` approves or rejects one held deletion.
  constructor(decide) {
    this.#rows = new Keyed(element("deletions"), (held) => makeRow(held, decide), updateRow);
  }

  show({ total, deletions }) {
    const held = deletions.flatMap((each) => each.held.map((one) => ({ connector: each.connectorName, ...one })));
    this.#rows.show(held, (each) => `${each.connector}\n${each.scope}`);
    element("deletions-section").hidden = total === 0;
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
    choices.append(button(word, `${word} the deletions of ${held.connector}`, () => decide(what, row.held)), " ");
  }
  row.append(name, make("td", "gone"), make("td", "when since"), make("td", "sample"), choices);
  return row;
}

function updateRow(row, held) {
  row.held = held;
  const [, gone, since, sample, choices] = row.cells;
  say(gone, `${count(held.count)} of ${count(held.known)}`);
  say(since, ago(held.since, now()));
  set(since, "title", clock(held.since));
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
