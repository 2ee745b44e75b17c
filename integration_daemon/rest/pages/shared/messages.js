// Messages about the progress and the outcome of actions.

import { button, element, make } from "./dom.js";

const READ = 8000;
const KEPT = 5;

// The message of one action: in progress, then done or failed. The message of a failure stays until it is dismissed.
export class Message {
  #line = make("p");
  #subject;

  // `subject` names the action in the message of a failure: a text, or a list of texts and links.
  constructor(subject, text) {
    this.#subject = [subject].flat();
    const place = element("messages");
    while (place.children.length >= KEPT) place.firstElementChild.remove();
    place.append(this.#line);
    this.say(text);
  }

  // Show the progress; `more` are nodes beside the text, such as a button to cancel.
  say(text, ...more) {
    this.#show("busy", [text], more);
  }

  // Show the outcome: `content` are texts and links.
  done(...content) {
    this.#show("done", content);
    setTimeout(() => this.#line.remove(), READ);
  }

  failed(...content) {
    this.#show("failed", [...this.#subject, ": ", ...content]);
  }

  #show(kind, content, beside = []) {
    this.#line.className = kind;
    const dismiss = button("×", () => this.#line.remove(), { label: "Dismiss" });
    this.#line.replaceChildren(make("span", "", ...content), ...beside, dismiss);
  }
}
