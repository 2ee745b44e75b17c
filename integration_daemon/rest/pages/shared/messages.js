// Messages about the progress and the outcome of actions.

import { button, element, make } from "./dom.js";

const READ = 8000;
const KEPT = 5;

// The message of one action: in progress, then done or failed. The message of a failure stays until it is dismissed.
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

  // Show the progress; `more` are nodes beside the text, such as a button to cancel.
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
