// What came of the actions, until it was read.

import { button, element, make } from "./dom.js";

const READ = 8000;
const KEPT = 5;

// One action's message: under way, then done or failed. What failed stays until it is dismissed.
export class Message {
  #line = make("p");
  #subject;

  constructor(subject, text) {
    this.#subject = subject;
    const place = element("messages");
    while (place.children.length >= KEPT) place.firstElementChild.remove();
    place.append(this.#line);
    this.say(text);
  }

  // It is under way; `more` are nodes beside the text: a button to cancel, say.
  say(text, ...more) {
    this.#show(text, "busy", more);
  }

  done(text) {
    this.#show(text, "done");
    setTimeout(() => this.#line.remove(), READ);
  }

  failed(text) {
    this.#show(`${this.#subject}: ${text}`, "failed");
  }

  #show(text, kind, more = []) {
    this.#line.className = kind;
    const dismiss = button("×", () => this.#line.remove(), { label: "Dismiss" });
    this.#line.replaceChildren(make("span", "", text), ...more, dismiss);
  }
}
