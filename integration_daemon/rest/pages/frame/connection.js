// Shows the state of the live stream in the header and, while the connection is lost, in a banner.

import { button, element, make, say } from "../shared/dom.js";
import { live } from "../shared/live.js";

export class Connection {
  #state = element("connection");
  #banner = element("lost");
  #since = null;

  // `loggedOut()` is called when the daemon no longer authenticates the caller.
  constructor(loggedOut) {
    this.loggedOut = loggedOut;
    const retry = button("Try now", () => live.retry());
    this.#banner.append(make("span"), retry);
    live.addEventListener("live", () => this.#live());
    live.addEventListener("lost", ({ detail }) => this.#lost(detail));
  }

  #live() {
    this.#since = null;
    document.body.classList.remove("lost");
    this.#banner.hidden = true;
    this.#show("Live", "live");
  }

  #lost(error) {
    if (error.status === 401) return this.loggedOut();
    if (error.status === 403) return this.#show("Not live: no permission to read statuses", "");
    this.#since ??= new Date();
    document.body.classList.add("lost");
    this.#show("Connection lost", "off");
    const [text] = this.#banner.children;
    say(text, `Connection lost at ${this.#since.toLocaleTimeString()}. ${error.message} The page shows the data of that time.`);
    this.#banner.hidden = false;
  }

  #show(text, className) {
    say(this.#state, text);
    this.#state.className = className;
  }
}
