// A text field with line numbers, which are marked at lines with problems.

import { make } from "../shared/dom.js";

const RANK = ["note", "warning", "error"];

export class Editor {
  #text = make("textarea");
  #numbers = make("div", "numbers");

  // `changed()` is called when the user changes the text.
  constructor(text, label, changed) {
    Object.assign(this.#text, { value: text, spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
    this.#text.setAttribute("aria-label", label);
    this.#numbers.setAttribute("aria-hidden", "true");
    this.#text.addEventListener("input", () => {
      this.#number();
      changed();
    });
    this.#text.addEventListener("scroll", () => (this.#numbers.scrollTop = this.#text.scrollTop));
    this.node = make("div", "editor", this.#numbers, this.#text);
    this.#number();
  }

  get text() {
    return this.#text.value;
  }

  set text(text) {
    this.#text.value = text;
    this.#number();
  }

  // Mark the lines of these problems alone, each by its most severe problem.
  mark(problems) {
    for (const marked of this.#numbers.querySelectorAll("[class]")) marked.removeAttribute("class");
    const sorted = [...problems].sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
    for (const { line, severity } of sorted) {
      const number = this.#numbers.children[line - 1];
      if (number) number.className = severity;
    }
  }

  // Select a line and show it in the middle.
  goTo(line) {
    const lines = this.text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.focus();
    this.#text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    const height = this.#text.scrollHeight / lines.length;
    this.#text.scrollTop = Math.max(0, (line - 0.5) * height - this.#text.clientHeight / 2);
    this.#text.scrollLeft = 0;
  }

  focus() {
    this.#text.focus();
  }

  // Number all lines. If the number of lines has changed, remove the marks, which would be at wrong lines.
  #number() {
    const lines = this.text.split("\n").length;
    const missing = lines - this.#numbers.childElementCount;
    if (missing === 0) return;
    this.mark([]);
    const from = this.#numbers.childElementCount + 1;
    if (missing > 0) this.#numbers.append(...Array.from({ length: missing }, (_, index) => make("span", "", String(from + index))));
    while (this.#numbers.childElementCount > lines) this.#numbers.lastElementChild.remove();
    this.#numbers.scrollTop = this.#text.scrollTop;
  }
}
