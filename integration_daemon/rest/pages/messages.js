// What came of the actions, until it was read; and questions before an action.

import { button, element, make } from "./show.js";

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
    this.#say(text, "busy");
  }

  done(text) {
    this.#say(text, "done");
    setTimeout(() => this.#line.remove(), READ);
  }

  failed(text) {
    this.#say(`${this.#subject}: ${text}`, "failed");
  }

  #say(text, kind) {
    this.#line.className = kind;
    this.#line.replaceChildren(make("span", "", text), button("×", "Dismiss", () => this.#line.remove()));
  }
}

// Whether the person wants it; no answer is no.
export function confirmed(question, detail, yes) {
  const dialog = element("confirm");
  element("confirm-question").textContent = question;
  element("confirm-detail").textContent = detail;
  element("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

element("confirm-yes").addEventListener("click", () => element("confirm").close("yes"));
element("confirm-no").addEventListener("click", () => element("confirm").close(""));
