// The controls of the audit log: pause, newest and older records, and a text about the shown records.

import { attribute, button, make, say, set } from "../shared/dom.js";

export class Controls {
  #told = make("span", "quiet");
  #pause;
  #newest;
  #older;
  #isAtNewest = true;
  #isOver = false;

  isPaused = false;

  constructor({ pause, newest, older }) {
    this.#told.setAttribute("role", "status");
    this.#pause = button("Pause", pause);
    this.#newest = button("Show newest records", newest);
    this.#older = button("Older records", older);
    this.above = make("div", "bar", this.#pause, this.#newest, this.#told);
    this.below = make("nav", "bar pager", this.#older);
    this.below.setAttribute("aria-label", "Older records");
  }

  // The newest records are shown; `isOver` is true if no new record can match.
  begin({ isOver }) {
    this.isPaused = false;
    this.#isAtNewest = true;
    this.#isOver = isOver;
    this.#show();
    say(this.#told, "Loading …");
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    this.#show();
  }

  // The newest records were removed to make room for older ones, so new records would not be visible.
  leaveNewest() {
    this.isPaused = true;
    this.#isAtNewest = false;
    this.#show();
  }

  noteNews() {
    say(this.#newest, "Show new records");
    this.#newest.hidden = false;
  }

  tell(text, hasOlder) {
    say(this.#told, text);
    if (hasOlder !== undefined) this.#older.hidden = !hasOlder;
  }

  #show() {
    say(this.#pause, this.isPaused ? "Resume" : "Pause");
    attribute(this.#pause, "aria-pressed", String(this.isPaused));
    set(this.#pause, "hidden", this.#isOver || !this.#isAtNewest);
    say(this.#newest, "Show newest records");
    set(this.#newest, "hidden", this.#isAtNewest);
  }
}
