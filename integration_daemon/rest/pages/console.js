// The console: the frame around the pages. Each page is loaded when it is first opened.

import { Connection } from "./frame/connection.js";
import { Navigation } from "./frame/navigation.js";
import { Router } from "./frame/router.js";
import { address, routeOf } from "./shared/addresses.js";
import { RequestError, get, post } from "./shared/api.js";
import { element } from "./shared/dom.js";
import { live } from "./shared/live.js";
import { problem, problemPage } from "./shared/notice.js";
import { permissions } from "./shared/permissions.js";
import * as session from "./shared/session.js";

const RETRY = 3000;
const DAEMON = "Integration Daemon";
const isDaemon = ({ type }) => type === DAEMON;
const may = (permission) => ({ held }) => held.ofServer.has(permission);
const reads = ({ held }) => held.ofConnectors.has("READ_STATUS");

// The pages with a link in the navigation. `load` receives the parts of the address after the name of the page.
const PAGES = [
  { name: "connectors", label: "Connectors", isOffered: isDaemon, load: ({ length }) => (length ? import("./connector/page.js") : import("./connectors/list.js")) },
  { name: "elements", label: "Elements", isOffered: may("READ_METADATA"), load: (parts) => import("./elements/pages.js").then((pages) => pages.load(parts)) },
  { name: "deletions", label: "Deletions", isOffered: isDaemon, load: () => import("./deletions/deletions.js") },
  { name: "audit-log", label: "Audit log", isOffered: reads, load: () => import("./audit_log/log.js") },
  { name: "documents", label: "Documents", isOffered: may("ADMINISTER_SERVERS"), load: (parts) => import("./documents/pages.js").then((pages) => pages.load(parts)) },
  { name: "platform", label: "Platform", isOffered: reads, load: () => import("./platform/platform.js") },
];

let servers = [];

const navigation = new Navigation(PAGES);
const router = new Router(element("main"), { pageOf, homeOf, changed });
new Connection(showLoggedOut);

async function pageOf({ server, page, parts }) {
  if (!servers.some((each) => each.name === server)) {
    throw new RequestError(`The server ${server} is not running on this platform, or you have no permission to see it.`, "Choose another server in the header.");
  }
  return PAGES.find((each) => each.name === page)?.load(parts) ?? null;
}

// An address that names no page leads to the first page of its server, or of the first daemon.
function homeOf(route) {
  const server = servers.find((each) => each.name === route?.server) ?? servers.find(isDaemon) ?? servers[0];
  return address(server.name, (PAGES.find((each) => each.isOffered(server)) ?? PAGES[0]).name);
}

function changed(route) {
  navigation.show(servers, route);
  live.follow(servers.some((each) => each.name === route.server) ? route.server : null);
}

async function loadServers() {
  const answer = await get("/api/v1/servers");
  servers = await Promise.all(answer.servers.map(async (each) => ({ ...each, held: await permissions(each.name) })));
  if (!servers.length) throw new RequestError("No server is running on this platform, or you have no permission to see one.", "Start a server: integration-daemon run DOCUMENT.");
}

function showLoggedOut() {
  live.follow(null);
  router.stop();
  element("connection").textContent = "Not logged in";
  element("logout").hidden = true;
  element("main").replaceChildren(problemPage(new RequestError("You are not logged in.", "Open the link that 'integration-daemon console' prints. This page then continues automatically.")));
}

function start() {
  session.onChange(() => location.reload());
  element("logout").hidden = !session.isLoggedIn();
  element("logout").addEventListener("click", logOut);
  element("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment of the address is the route
    element("main").focus();
  });
  connect();
}

async function connect() {
  try {
    await loadServers();
  } catch (error) {
    if (error.status === 401) return showLoggedOut();
    element("main").replaceChildren(problemPage(error));
    element("connection").textContent = "Not connected";
    setTimeout(connect, RETRY);
    return;
  }
  live.addEventListener("again", followServers);
  await router.show();
}

// Servers are started and stopped, most often with a restart of the platform.
async function followServers() {
  const before = servers.map((each) => each.name).join("\n");
  await loadServers().catch(() => {});
  if (servers.map((each) => each.name).join("\n") !== before) navigation.show(servers, routeOf(location.hash));
}

async function logOut() {
  try {
    await post("/api/v1/logout");
    session.forget();
    location.reload(); // the next user must not see the shown data
  } catch (error) {
    element("main").prepend(problem(error));
  }
}

start();
