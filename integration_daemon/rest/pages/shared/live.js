// The live stream of the shown server. All parts of the console share one connection.
//
// Events: "status" (a connector's state changed), "record" (an audit log record), "missed" (events were left out), with
// their data as `detail`; "live" when the connection is established, followed by "again" if it had been lost; "lost", with
// the error, when the connection is lost.

import { RequestError, native, request } from "./api.js";
import { events } from "./event_stream.js";

const LONGEST_SILENCE = 20000; // the daemon sends something every 15 s
const PAUSES = [500, 1000, 2000, 4000, 8000]; // milliseconds before the next attempts

class Live extends EventTarget {
  #server = null;
  #connecting = new AbortController();
  #lastId = "";
  #attempts = 0;
  #hasBeenLive = false;
  #timer;

  constructor() {
    super();
    // a tab in the background closes its connection: browsers allow only six for each host
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.retry()));
    for (const event of ["online", "offline"]) addEventListener(event, () => this.retry());
  }

  // Follow this server from now on; none if it is null.
  follow(server) {
    if (server === this.#server) return;
    this.#server = server;
    this.#lastId = "";
    this.#hasBeenLive = false;
    this.#close();
    this.retry();
  }

  // Connect without waiting for the end of the pause.
  retry() {
    this.#attempts = 0;
    if (this.#server !== null && !document.hidden) this.#connect();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#connecting.abort();
    this.#connecting = new AbortController(); // the outcome of the previous attempt is ignored
  }

  async #connect() {
    this.#close();
    const connecting = (this.#connecting = new AbortController());
    try {
      await this.#read(connecting);
      throw new RequestError("The daemon has closed the connection.", "Check that it is running.");
    } catch (error) {
      if (connecting !== this.#connecting || document.hidden) return;
      connecting.abort();
      this.#lost(error);
    }
  }

  async #read(connecting) {
    const headers = { Accept: "text/event-stream", ...(this.#lastId ? { "Last-Event-ID": this.#lastId } : {}) };
    const silence = new Silence(() => connecting.abort(new RequestError("The daemon does not answer.")));
    try {
      const path = native(this.#server, "events");
      const response = await request(path, { headers, signal: connecting.signal, cache: "no-store" });
      this.#attempts = 0;
      this.#tell("live");
      if (this.#hasBeenLive) this.#tell("again");
      this.#hasBeenLive = true;
      for await (const { kind, id, data } of events(response.body, () => silence.broken())) {
        this.#lastId = id || this.#lastId;
        if (kind) this.#tell(kind, JSON.parse(data));
      }
    } finally {
      silence.end();
    }
  }

  #lost(error) {
    const pause = PAUSES[Math.min(this.#attempts, PAUSES.length - 1)];
    this.#attempts += 1;
    const isForGood = [401, 403].includes(error.status);
    if (!isForGood) this.#timer = setTimeout(() => this.#connect(), pause);
    this.#tell("lost", error instanceof RequestError ? error : new RequestError("The connection was interrupted."));
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

// Calls back when nothing has been received for too long.
class Silence {
  #call;
  #timer;

  constructor(call) {
    this.#call = call;
    this.broken();
  }

  broken() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#call, LONGEST_SILENCE);
  }

  end() {
    clearTimeout(this.#timer);
  }
}

export const live = new Live();
