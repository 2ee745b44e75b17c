// A text field with the numbers of its lines, some of which are marked because something is wrong with them.

import { make } from "../shared/dom.js";

const RANK = ["note", "warning", "error"];

export class Editor {
  #text = make("textarea");
  #numbers = make("div", "numbers");
  #marks = new Map(); // line -> severity
  #lines = 0;

  // `changed()` is called when something was typed.
  constructor(text, label, changed) {
    Object.assign(this.#text, { value: text, spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
    this.#text.setAttribute("aria-label", label);
    this.#numbers.setAttribute("aria-hidden", "true");
    this.#text.addEventListener("input", () => {
      if (this.#countLines() !== this.#lines) this.#marks.clear(); // they would stand at other lines
      this.#draw();
      changed();
    });
    this.#text.addEventListener("scroll", () => (this.#numbers.scrollTop = this.#text.scrollTop));
    this.node = make("div", "editor", this.#numbers, this.#text);
    this.#draw();
  }

  get text() {
    return this.#text.value;
  }

  set text(text) {
    this.#text.value = text;
    this.#draw();
  }

  // Mark the lines of these problems, the most severe of a line.
  mark(problems) {
    this.#marks.clear();
    for (const { line, severity } of problems) {
      if (line && RANK.indexOf(severity) > RANK.indexOf(this.#marks.get(line))) this.#marks.set(line, severity);
    }
    this.#lines = 0;
    this.#draw();
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

  #countLines() {
    return this.text.split("\n").length;
  }

  #draw() {
    const lines = this.#countLines();
    if (lines === this.#lines) return;
    this.#lines = lines;
    const numbers = Array.from({ length: lines }, (_, index) => make("span", this.#marks.get(index + 1) ?? "", String(index + 1)));
    this.#numbers.replaceChildren(...numbers);
    this.#numbers.scrollTop = this.#text.scrollTop;
  }
}
