// The audit log: the newest records that match the filter, updated as they are written, and older records on demand.

import { withQuery } from "../shared/addresses.js";
import { get, native } from "../shared/api.js";
import { make } from "../shared/dom.js";
import { live } from "../shared/live.js";
import { problem } from "../shared/notice.js";
import { many } from "../shared/words.js";
import { Controls } from "./controls.js";
import { LogFilter } from "./filter.js";
import { Records } from "./records.js";

const AT_ONCE = 100; // records in one request
const PACE = 1000; // the shortest time, in milliseconds, between two requests for new records

export function mount({ main, route, signal, title }) {
  title("Audit log");
  const heading = make("h1", "", "Audit log");
  heading.id = "log-title";
  const log = new Log(route, signal);
  const section = make("section", "", heading, log.filter.form, ...log.nodes);
  section.setAttribute("aria-labelledby", heading.id);
  main.append(section);
  log.begin();
  return { update: (next) => log.changeTo(next) };
}

class Log {
  #signal;
  #loading = new AbortController();
  #timer = null;
  #isLoading = false;
  #records;
  #controls;
  #notice = make("div");

  constructor(route, signal) {
    this.route = route;
    this.#signal = signal;
    this.filter = new LogFilter((changes) => (location.hash = withQuery(this.route, changes)));
    this.#records = new Records(route.server, (id) => withQuery(this.route, { messageId: id }));
    this.#controls = new Controls({ pause: () => this.#pause(), newest: () => this.begin(), older: () => this.#loadOlder() });
    this.#controls.above.append(this.filter.clear);
    this.nodes = [this.#controls.above, this.#notice, this.#records.table, this.#controls.below];
    live.addEventListener("record", () => this.#more(), { signal });
    live.addEventListener("missed", ({ detail }) => (detail.changes === null ? this.begin() : this.#more()), { signal });
    live.addEventListener("again", () => this.#more(), { signal });
    signal.addEventListener("abort", () => this.#stop());
  }

  changeTo(route) {
    this.route = route;
    this.#records.changeTo(route.server);
    this.begin();
  }

  // Show the newest records, and add new ones.
  async begin() {
    this.#stop();
    this.filter.read(this.route.query);
    this.#controls.begin({ isOver: this.filter.isOver });
    this.#records.table.setAttribute("aria-busy", "true");
    const found = await this.#ask({});
    if (!found) return;
    this.#records.replace(found);
    this.#records.table.setAttribute("aria-busy", "false");
    this.#tell(found.length === AT_ONCE);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#loading.abort();
    this.#isLoading = false;
  }

  #pause() {
    this.#controls.togglePause();
    if (!this.#controls.isPaused) this.begin();
  }

  // New records may exist: load them after a pause, since a busy daemon writes many in a second.
  #more() {
    if (this.filter.isOver) return;
    if (this.#controls.isPaused) return this.#controls.noteNews();
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#isLoading) this.#more();
      else this.#loadNewer();
    }, PACE);
  }

  async #loadNewer() {
    const found = await this.#ask({ after: this.#records.newest });
    if (!found?.length || this.#controls.isPaused) return;
    if (found.length === AT_ONCE) this.#records.replace(found); // there may be more records in between
    else this.#records.prepend(found);
    this.#tell(found.length === AT_ONCE || undefined);
  }

  async #loadOlder() {
    const found = await this.#ask({ before: this.#records.oldest });
    if (!found) return;
    const isCut = this.#records.append(found);
    if (isCut) this.#controls.leaveNewest();
    this.#tell(found.length === AT_ONCE);
  }

  // `hasOlder` is true if there are older records; undefined: unchanged.
  #tell(hasOlder) {
    const shown = this.#records.length;
    this.#controls.tell(shown ? `${many(shown, "record")} shown` : "No records match the filter.", hasOlder);
    this.#notice.replaceChildren();
  }

  // The newest records that match the filter and these conditions, the newest first; null if a later request replaced this.
  async #ask(conditions) {
    this.#loading.abort();
    const mine = (this.#loading = new AbortController());
    this.#isLoading = true;
    try {
      const query = { ...this.filter.query, ...conditions, newestFirst: true, limit: AT_ONCE };
      const { records } = await get(native(this.route.server, "audit-log", query), AbortSignal.any([this.#signal, mine.signal]));
      return mine === this.#loading ? records : null;
    } catch (error) {
      if (!mine.signal.aborted && !this.#signal.aborted && error.status) this.#notice.replaceChildren(problem(error));
      return null;
    } finally {
      if (mine === this.#loading) this.#isLoading = false;
    }
  }
}
