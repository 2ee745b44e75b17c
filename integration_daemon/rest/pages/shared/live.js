// The live stream of the server that is shown. There is one connection, which all parts of the console share.
//
// Events: "status" (a connector's state changed), "record" (an audit log record), "missed" (there was more than the
// stream could take) with their data as `detail`; "live" when the connection is there, and "again" if it was not for a
// while; "lost" with the error when it is not.

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
    // a tab in the background gives its connection back: browsers have only six for a host
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.retry()));
    for (const event of ["online", "offline"]) addEventListener(event, () => this.retry());
  }

  // Listen to this server from now on; to none if it is null.
  follow(server) {
    if (server === this.#server) return;
    this.#server = server;
    this.#lastId = "";
    this.#hasBeenLive = false;
    this.#close();
    this.retry();
  }

  // Connect now, and not only after the pause.
  retry() {
    this.#attempts = 0;
    if (this.#server !== null && !document.hidden) this.#connect();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#connecting.abort();
    this.#connecting = new AbortController(); // what comes of the one before is not told any more
  }

  async #connect() {
    this.#close();
    const connecting = (this.#connecting = new AbortController());
    try {
      await this.#read(connecting);
      throw new RequestError("The daemon has closed the connection.", "Check that it runs.");
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
    this.#tell("lost", error instanceof RequestError ? error : new RequestError("The connection was cut."));
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

// Calls once nothing has been heard for too long.
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
