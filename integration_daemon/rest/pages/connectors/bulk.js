// The operations on the selected connectors, each after a question that states its effect and the number of connectors.

import { confirmed } from "../shared/dialogs.js";
import { button, make } from "../shared/dom.js";
import { OPERATIONS, operateMany } from "../shared/operations.js";
import { count, many } from "../shared/words.js";

const NAMED = 10; // connectors that a question names

export class BulkBar {
  #buttons;

  // `query()` is the `ListQuery` that the page shows.
  constructor(parent, server, selection, query) {
    this.server = server;
    this.selection = selection;
    this.query = query;
    this.#buttons = Object.entries(OPERATIONS).map(([operation, { word }]) => button(word, () => this.#operate(operation)));
    const group = make("div", "buttons", ...this.#buttons);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Operations on the selected connectors");
    parent.append(group, selection.note);
  }

  show() {
    const { amount } = this.selection.chosen;
    for (const each of this.#buttons) each.disabled = amount === 0;
  }

  async #operate(operation) {
    const { names, amount } = this.selection.chosen;
    const query = this.query();
    const { word, effect } = OPERATIONS[operation];
    const yes = `${word} ${many(amount, "connector")}`;
    const isDangerous = operation === "stop" || names === null;
    if (!(await confirmed(`${yes}?`, this.#detail(names, amount, query, effect), yes, { isDangerous }))) return;
    operateMany(this.server, operation, names, query.filter, amount);
    this.selection.clear();
  }

  #detail(names, amount, query, effect) {
    const detail = make("div");
    if (names === null) {
      const which = query.isFiltered ? `All connectors of ${this.server} with ${query.words}` : `All connectors of ${this.server}`;
      detail.append(make("p", "", `${which}: ${count(amount)} at the moment, including those on other pages.`));
    } else {
      const items = names.slice(0, NAMED).map((name) => make("li", "", make("bdi", "", name)));
      if (names.length > NAMED) items.push(make("li", "", `and ${count(names.length - NAMED)} more`));
      detail.append(make("ul", "", ...items));
    }
    detail.append(make("p", "quiet", effect));
    return detail;
  }
}
