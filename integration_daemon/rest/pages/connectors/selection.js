// The selection for operations: the ticked connectors, or all that match the filter. The two are kept apart: a tick selects
// one connector by its name, and all matching connectors are selected only by an explicit action.

import { attribute, button, make, say } from "../shared/dom.js";
import { count, many } from "../shared/words.js";

export class Selection {
  #names = new Set();
  #boxes = new Map(); // by name
  #shown = []; // names on the page
  #total = 0;
  #isEverything = false;

  // `changed()` is called when the selection changes.
  constructor(changed) {
    this.changed = changed;
    this.all = checkbox("Select all connectors on this page", () => this.#tickAll(this.all.checked));
    this.note = make("p", "selection");
    this.note.setAttribute("role", "status");
    this.more = button("", () => this.#choose(true), { className: "plain" });
    this.clearing = button("Clear selection", () => this.clear(), { className: "plain" });
    this.text = make("span");
    this.note.append(this.text, " ", this.more, " ", this.clearing);
  }

  // The checkbox for the row of a connector.
  boxFor(name) {
    const box = checkbox(`Select ${name}`, () => {
      if (box.checked) this.#names.add(name);
      else this.#names.delete(name);
      this.#choose(false);
    });
    this.#boxes.set(name, box);
    return box;
  }

  has(name) {
    return this.#isEverything || this.#names.has(name);
  }

  // The selection: the names, or null for all that match the filter; and their number.
  get chosen() {
    return this.#isEverything ? { names: null, amount: this.#total } : { names: [...this.#names], amount: this.#names.size };
  }

  clear() {
    this.#names.clear();
    this.#choose(false);
  }

  // The page shows these connectors, of `total` that match. A connector that is no longer shown is deselected.
  show(names, total, words) {
    this.#shown = names;
    this.#total = total;
    this.words = words;
    const shown = new Set(names);
    for (const name of this.#names) if (!shown.has(name)) this.#names.delete(name);
    for (const name of this.#boxes.keys()) if (!shown.has(name)) this.#boxes.delete(name);
    this.#update();
  }

  #tickAll(ticked) {
    this.#names = new Set(ticked ? this.#shown : []);
    this.#choose(false);
  }

  #choose(everything) {
    this.#isEverything = everything;
    this.#update();
    this.changed();
  }

  #update() {
    const { amount } = this.chosen;
    const isPage = this.#shown.length > 0 && this.#names.size === this.#shown.length;
    for (const [name, box] of this.#boxes) {
      box.checked = this.has(name);
      attribute(box.closest("tbody") ?? box, "class", box.checked ? "selected" : null);
    }
    this.all.checked = this.#isEverything || isPage;
    this.all.indeterminate = !this.all.checked && amount > 0;
    const matching = this.words ? `that match the filter (${this.words})` : "of this server";
    const here = isPage && this.#total > amount ? " on this page" : "";
    say(this.text, this.#isEverything
      ? `All ${many(amount, "connector")} ${matching} are selected, including those on other pages.`
      : amount ? `${many(amount, "connector")}${here} ${amount === 1 ? "is" : "are"} selected.` : "");
    say(this.more, `Select all ${count(this.#total)} ${this.words ? "that match the filter" : "connectors"}`);
    this.more.hidden = this.#isEverything || !isPage || this.#total <= amount;
    this.clearing.hidden = amount === 0;
  }
}

function checkbox(label, changed) {
  const box = make("input");
  box.type = "checkbox";
  box.setAttribute("aria-label", label);
  box.addEventListener("change", changed);
  return box;
}
