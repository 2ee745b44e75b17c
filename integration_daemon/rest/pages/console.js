// The console page: looks at one server every two seconds, and asks it to do what its operator wants.

import { get, isLoggedIn, logOut, native, reason } from "./api.js";
import { Connectors } from "./connectors.js";
import { Deletions, SHOWN } from "./deletions.js";
import { Filter } from "./filter.js";
import { Lineage } from "./lineage.js";
import { Log } from "./log.js";
import { decide, orderMany, orderOne } from "./orders.js";
import { count, element, say } from "./show.js";

const PAUSE = 2000;
const PAGE = 200;
const RECORDS = 50;
const DAEMON = "Integration Daemon";

const seen = { server: null, start: 0, total: 0, at: null };

const filter = new Filter(() => goTo(0));
const connectors = new Connectors((what, name) => orderOne(seen.server, what, name, look));
const deletions = new Deletions((what, held) => decide(seen.server, what, held, look));
const lineage = new Lineage(() => seen.server);
const log = new Log();

async function chooseServer(signal) {
  const { servers } = await get("/api/v1/servers", signal);
  const server =
    servers.find((each) => each.name === seen.server) ?? servers.find((each) => each.type === DAEMON) ?? servers[0];
  if (!server) throw new Error("no server is running");
  return [server, servers];
}

function showServers(server, servers) {
  const select = element("server");
  const names = servers.map((each) => each.name);
  if ([...select.options].map((each) => each.value).join("\n") !== names.join("\n")) {
    select.replaceChildren(...names.map((each) => new Option(each)));
  }
  select.value = server.name;
  seen.server = server.name;
}

async function load(signal) {
  const [server, servers] = await chooseServer(signal);
  const at = (path, query) => get(native(server.name, path, query), signal);
  const query = { ...filter.query, failedFirst: true, startFrom: seen.start, limit: PAGE };
  const isDaemon = server.type === DAEMON;
  const [records, page, held] = await Promise.all([
    at("audit-log", { newestFirst: true, limit: RECORDS }),
    isDaemon ? at("connectors", query) : { total: 0, counts: {}, services: [], connectors: [] },
    isDaemon ? at("deletions", { limit: SHOWN }) : { total: 0, deletions: [] },
  ]);
  return { server, servers, isDaemon, records: records.records, page, held };
}

function show({ server, servers, isDaemon, records, page, held }) {
  showServers(server, servers);
  element("connectors-section").hidden = !isDaemon;
  seen.total = page.total;
  filter.show(page.counts, page.services);
  connectors.show(page.connectors);
  deletions.show(held);
  log.show(records);
  showRange(page.connectors.length);
  const failed = page.counts.FAILED ?? 0;
  document.title = `${failed ? `${count(failed)} failed, ` : ""}${server.name}`;
}

function showRange(shown) {
  const { start, total } = seen;
  const none = filter.isEmpty ? "There are no connectors." : "No connector matches the filter.";
  say(element("range"), total ? `${count(start + 1)}-${count(start + shown)} of ${count(total)}` : none);
  element("previous").disabled = start === 0;
  element("next").disabled = start + shown >= total;
  for (const [id, word] of [["refresh-all", "Refresh"], ["restart-all", "Restart"]]) {
    say(element(id), `${word} all ${count(total)}`);
    element(id).disabled = total === 0;
  }
}

let latest = 0;
let looking = new AbortController();
let timer;

// Of several looks only the answer to the latest is shown; the next one comes a while after it.
async function look() {
  clearTimeout(timer);
  looking.abort();
  looking = new AbortController();
  const mine = ++latest;
  try {
    const loaded = await load(looking.signal);
    if (mine !== latest) return;
    if (!loaded.page.connectors.length && loaded.page.total) return goTo(lastStart(loaded.page.total));
    show(loaded);
    if (!seen.at) lineage.openLink();
    connected();
  } catch (error) {
    if (mine !== latest) return;
    lost(error);
  }
  timer = setTimeout(() => document.hidden || look(), PAUSE);
}

const lastStart = (total) => Math.floor((total - 1) / PAGE) * PAGE;

function connected() {
  seen.at = new Date();
  element("table").setAttribute("aria-busy", "false");
  document.body.classList.remove("lost");
  say(element("connection"), "Up to date");
}

function lost(error) {
  document.body.classList.add("lost");
  const shown = seen.at ? ` What is shown is from ${seen.at.toLocaleTimeString()}.` : "";
  say(element("connection"), reason(error) + shown);
}

// Another page of the connectors, or another filter: what is shown until the answer comes is marked as out of date.
function goTo(start) {
  seen.start = Math.max(0, start);
  element("table").setAttribute("aria-busy", "true");
  for (const id of ["refresh-all", "restart-all", "previous", "next"]) element(id).disabled = true;
  say(element("range"), "Loading …");
  return look();
}

for (const what of ["refresh", "restart"]) {
  element(`${what}-all`).addEventListener("click", () => orderMany(seen.server, what, filter, seen.total, look));
}
element("previous").addEventListener("click", () => goTo(seen.start - PAGE));
element("next").addEventListener("click", () => goTo(seen.start + PAGE));
element("server").addEventListener("change", (event) => {
  seen.server = event.target.value;
  filter.clear();
  goTo(0);
});
element("logout").hidden = !isLoggedIn();
element("logout").addEventListener("click", async () => {
  try {
    await logOut();
    location.reload(); // what was shown is not for whoever comes next
  } catch (error) {
    lost(error);
  }
});
document.addEventListener("visibilitychange", () => document.hidden || look());
look();
