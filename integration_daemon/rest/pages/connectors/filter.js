// The filter of the connectors: a part of the name, service, kind of failure, and one of the states with their counts.

import { element, make, say, set } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";
import { count } from "../shared/words.js";

const ORDER = ["FAILED", "REFRESHING", "WAITING", "ENGAGED", "PAUSED", "STOPPED"]; // the others in between
const FIELDS = ["text", "service", "failureKind"];

const rank = (state) => (ORDER.includes(state) ? ORDER.indexOf(state) : 1);

export class Filter {
  #state = "";
  #changed;
  #chips;

  constructor(changed) {
    this.#changed = changed;
    this.#chips = new Keyed(element("counts"), () => this.#makeChip(), (chip, item) => this.#updateChip(chip, item));
    for (const id of FIELDS) element(id).addEventListener("input", changed);
    element("clear").addEventListener("click", () => {
      this.clear();
      element("text").focus();
      changed();
    });
  }

  // Parameters of the query; what is not filtered by is null.
  get query() {
    const query = { state: this.#state || null };
    for (const id of FIELDS) query[id] = element(id).value || null;
    return query;
  }

  get isEmpty() {
    return Object.values(this.query).every((value) => value === null);
  }

  // The filter in words, for questions; empty where there is none.
  get words() {
    const { state, text, service, failureKind } = this.query;
    const words = [];
    if (text) words.push(`“${text}” in the name`);
    if (service) words.push(`service ${service}`);
    if (state) words.push(`state ${state}`);
    if (failureKind) words.push(`failure ${failureKind}`);
    return words.join(", ");
  }

  clear() {
    this.#state = "";
    for (const id of FIELDS) element(id).value = "";
  }

  show(counts, services) {
    const states = Object.keys(counts);
    if (this.#state && !states.includes(this.#state)) states.push(this.#state);
    states.sort((a, b) => rank(a) - rank(b));
    const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
    const chips = states.map((state) => ({ state, amount: counts[state] ?? 0 }));
    this.#chips.show([{ state: "", amount: total }, ...chips], (each) => each.state);
    this.#showServices(services);
    element("clear").hidden = this.isEmpty;
  }

  #showServices(services) {
    const select = element("service");
    const wanted = services.includes(select.value) || !select.value ? services : [...services, select.value];
    if ([...select.options].slice(1).map((each) => each.value).join("\n") === wanted.join("\n")) return;
    const chosen = select.value;
    select.replaceChildren(select.options[0], ...wanted.map((each) => new Option(each)));
    select.value = chosen;
  }

  #makeChip() {
    const chip = make("button", "chip");
    chip.type = "button";
    chip.addEventListener("click", () => {
      this.#state = chip.dataset.state === this.#state ? "" : chip.dataset.state;
      this.#changed();
    });
    return chip;
  }

  #updateChip(chip, { state, amount }) {
    chip.dataset.state = state;
    say(chip, `${count(amount)} ${state ? state.toLowerCase() : "in all"}`);
    set(chip, "className", `chip ${state}`);
    chip.setAttribute("aria-pressed", String(state === this.#state));
  }
}
