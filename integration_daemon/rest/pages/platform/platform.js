// The platform: its servers, the health of their connectors, and the open incidents.

import { get, native } from "../shared/api.js";
import { make, say } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { permissions } from "../shared/permissions.js";
import { many } from "../shared/words.js";
import { makeIncident, updateIncident } from "./incident.js";
import { makeServer, updateServer } from "./server.js";

const DAEMON = "Integration Daemon";

export function mount({ main, signal, title }) {
  title("Platform");
  const platform = new Platform();
  main.append(platform.node);
  follow({
    signal,
    load,
    show: (servers) => platform.show(servers),
    failed: (error) => main.replaceChildren(problem(error)),
    concerns: { status: () => true },
    every: 10000,
  });
}

async function load(signal) {
  const { servers, stopped = [] } = await get("/api/v1/servers", signal);
  const running = await Promise.all(servers.map((each) => loadServer(each, signal)));
  return [...running, ...stopped.map((each) => ({ ...each, isStopped: true }))];
}

// The data of a server; null for parts that the caller may not see.
async function loadServer(server, signal) {
  if (server.type !== DAEMON) return server;
  const { ofServer, ofConnectors } = await permissions(server.name, signal);
  const ask = (path, query) => get(native(server.name, path, query), signal);
  const [connectors, deletions, incidents] = await Promise.all([
    ofConnectors.has("READ_STATUS") ? ask("connectors", { limit: 0 }) : null,
    ofConnectors.has("READ_STATUS") ? ask("deletions", { limit: 1 }) : null,
    ofServer.has("READ_STATUS") ? ask("incidents") : null,
  ]);
  return { ...server, connectors, deletions, incidents };
}

class Platform {
  #servers;
  #incidents;
  #told = make("p", "quiet");

  constructor() {
    const [servers, incidents] = [make("ul", "servers"), make("ul", "incidents")];
    this.#servers = new Keyed(servers, makeServer, updateServer);
    this.#incidents = new Keyed(incidents, makeIncident, updateIncident);
    this.#told.setAttribute("role", "status");
    const heading = make("h1", "", "Platform");
    const part = make("h2", "", "Open incidents");
    [heading.id, part.id] = ["platform-title", "incidents-title"];
    const first = make("section", "", heading, servers);
    const second = make("section", "", part, this.#told, incidents);
    first.setAttribute("aria-labelledby", heading.id);
    second.setAttribute("aria-labelledby", part.id);
    this.node = make("div", "", first, second);
  }

  show(servers) {
    this.#servers.show(servers, (each) => `${each.isStopped}\n${each.name}`);
    const open = servers.flatMap(({ name, incidents }) => (incidents?.incidents ?? []).map((each) => ({ server: name, ...each })));
    this.#incidents.show(open, (each) => `${each.server}\n${each.incident}`);
    say(this.#told, told(servers, open.length));
  }
}

function told(servers, open) {
  const daemons = servers.filter((each) => each.incidents);
  const unwatched = daemons.filter((each) => !each.incidents.isWatched).map((each) => each.name);
  const found = open ? `${many(open, "incident")}.` : daemons.length > unwatched.length ? "No open incidents." : "";
  const unreported = unwatched.length ? ` No alerts are sent for ${unwatched.join(", ")}: the document names no receivers of alerts.` : "";
  return (found + unreported).trim() || "You have no permission to see incidents.";
}
