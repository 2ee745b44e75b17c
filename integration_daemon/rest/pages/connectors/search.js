// The search for a part of a connector's name, and the parts of the filter that are not facets.

import { link, make, set } from "../shared/dom.js";

const REST = 250; // milliseconds without a keystroke after which the search begins

export class Search {
  #text = make("input");
  #others = make("span", "others");
  #clear = link("Clear filter", "#");
  #query = null;
  #timer;

  constructor(form, signal) {
    this.#text.type = "search";
    this.#text.placeholder = "Part of a name  ( / )";
    this.#text.autocomplete = "off";
    this.#text.spellcheck = false;
    this.#text.setAttribute("aria-label", "Part of the connector's name");
    form.setAttribute("role", "search");
    form.setAttribute("aria-label", "Connectors");
    form.append(this.#text, this.#others, this.#clear);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    this.#text.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), REST);
    });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    addEventListener("keydown", (event) => this.#focusByKey(event), { signal });
  }

  // `query` is the `ListQuery` of the address.
  show(query) {
    this.#query = query;
    if (document.activeElement !== this.#text) set(this.#text, "value", query.filter.text ?? "");
    this.#clear.hidden = !query.isFiltered;
    this.#clear.href = query.unfiltered;
    const others = ["label", "group"].filter((name) => query.filter[name]);
    const shown = others.map((name) => `${name} ${query.filter[name]}`).join("\n");
    if (this.#others.dataset.shown === shown) return;
    this.#others.dataset.shown = shown;
    this.#others.replaceChildren(...others.map((name) => {
      const chip = link(`${name} ${query.filter[name]} ×`, query.with({ [name]: null }), { className: "chip", label: `Remove the filter ${name} ${query.filter[name]}` });
      chip.setAttribute("aria-current", "true");
      return chip;
    }));
  }

  #search() {
    clearTimeout(this.#timer);
    const text = this.#text.value.trim();
    if (text !== (this.#query.filter.text ?? "")) location.replace(this.#query.with({ text }));
  }

  #focusByKey(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    event.preventDefault();
    this.#text.focus();
    this.#text.select();
  }
}
