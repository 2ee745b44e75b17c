// The console page: looks at one server every two seconds, and asks it to refresh or restart connectors.
// Whatever a server says is shown as text, never as markup.

const PAUSE = 2000;
const PATIENCE = 25000;
const PAGE = 200;

const element = (id) => document.getElementById(id);
const state = { server: null, shown: PAGE, connectors: [], total: 0 };

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  const answer = await response.json();
  const failed = !response.ok || (answer.relatedHTTPCode ?? 200) >= 400;
  if (failed) throw new Error(answer.exceptionErrorMessage ?? answer.detail ?? `HTTP status ${response.status}`);
  return answer;
}

const native = (rest) => `/api/v1/servers/${encodeURIComponent(state.server)}/${rest}`;
const compatible = (rest) =>
  `/servers/${encodeURIComponent(state.server)}/open-metadata/integration-daemon/users/console/${rest}`;

function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function news(text, bad = false) {
  const place = element("news");
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("bad", bad);
}

function ago(time) {
  if (!time) return "";
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([each]) => Math.abs(seconds) >= each) ?? [1, "s"];
  const amount = `${Math.round(Math.abs(seconds) / size)} ${unit}`;
  return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
}

async function order(what, rest, body, subject) {
  news(`${what} of ${subject} …`);
  try {
    await ask(compatible(`${rest}/${what}`), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: body ? JSON.stringify(body) : "",
    });
    news(`${what} of ${subject} is done`);
  } catch (error) {
    news(error.message, true);
  }
  await look();
}

function actions(rest, body, subject) {
  const cell = make("td", "", "actions");
  for (const what of ["refresh", "restart"]) {
    const button = make("button", what[0].toUpperCase() + what.slice(1));
    button.type = "button";
    button.setAttribute("aria-label", `${what} ${subject}`);
    button.addEventListener("click", () => order(what, rest, body, subject));
    cell.append(button, " ");
  }
  return cell;
}

function serviceRow(marker) {
  const row = make("tr", "", "service");
  const title = make("th", marker);
  title.scope = "rowgroup";
  title.colSpan = 5;
  row.append(title, actions(`integration-services/${encodeURIComponent(marker)}`, null, `all of ${marker}`));
  return row;
}

function connectorRows(connector) {
  const row = make("tr");
  const name = make("th", connector.connectorName);
  name.scope = "row";
  if (connector.progress) name.append(make("span", connector.progress, "detail"));
  row.append(
    name,
    make("td", connector.state, connector.state),
    make("td", ago(connector.lastSuccess), "when"),
    make("td", connector.state === "FAILED" ? "" : ago(connector.nextDue), "when"),
    make("td", String(connector.restarts), "number"),
    actions("integration-connectors", { class: "NameRequestBody", name: connector.connectorName }, connector.connectorName),
  );
  if (!connector.failure) return [row];
  const why = make("tr", "", "why");
  const cell = make("td", `${connector.failure.kind}: ${connector.failure.message}`);
  cell.colSpan = 6;
  if (connector.failure.userAction) cell.append(make("span", connector.failure.userAction, "action"));
  why.append(cell);
  return [row, why];
}

function showConnectors() {
  const wanted = element("filter").value.trim().toLowerCase();
  const matching = state.connectors.filter((each) =>
    `${each.connectorName} ${each.service} ${each.state}`.toLowerCase().includes(wanted));
  const services = Map.groupBy ? Map.groupBy(matching, (each) => each.service) : group(matching);
  const rows = [];
  for (const [marker, connectors] of services) {
    connectors.sort((a, b) => Number(b.state === "FAILED") - Number(a.state === "FAILED"));
    rows.push(serviceRow(marker), ...connectors.flatMap(connectorRows));
  }
  const focus = document.activeElement?.getAttribute("aria-label");
  element("connectors").replaceChildren(...rows);
  if (focus) [...document.querySelectorAll("button")].find((each) => each.ariaLabel === focus)?.focus();
  element("shown").textContent = `${matching.length} of ${state.total} connectors shown`;
  element("more").hidden = state.connectors.length >= state.total;
}

function group(connectors) {
  const groups = new Map();
  for (const each of connectors) groups.set(each.service, [...(groups.get(each.service) ?? []), each]);
  return groups;
}

function showCounts() {
  const counts = new Map();
  for (const { state: word } of state.connectors) counts.set(word, (counts.get(word) ?? 0) + 1);
  element("counts").replaceChildren(
    ...[...counts].sort().map(([word, count]) => make("li", `${count} ${word.toLowerCase()}`, word)));
}

function showLog(records) {
  element("log").replaceChildren(...records.map(({ record }) => {
    const row = make("tr");
    row.title = `${record.systemAction} ${record.userAction}`;
    row.append(
      make("td", new Date(record.timeStamp).toLocaleTimeString(), "when"),
      make("td", record.severity, record.severity),
      make("td", `${record.messageId} ${record.messageText}`),
    );
    return row;
  }));
}

async function chooseServer() {
  const { servers } = await ask("/api/v1/servers");
  const select = element("server");
  const names = servers.map((each) => each.name);
  if ([...select.options].map((each) => each.value).join("\n") !== names.join("\n")) {
    select.replaceChildren(...servers.map((each) => new Option(`${each.name} (${each.type})`, each.name)));
  }
  if (!names.includes(state.server)) {
    state.server = (servers.find((each) => each.type === "Integration Daemon") ?? servers[0])?.name ?? null;
  }
  select.value = state.server ?? "";
  return servers.find((each) => each.name === state.server);
}

async function load() {
  const server = await chooseServer();
  if (!server) throw new Error("no server is running");
  state.connectors = [];
  state.total = 0;
  while (server.type === "Integration Daemon" && state.connectors.length < state.shown) {
    const page = await ask(native(`connectors?startFrom=${state.connectors.length}&limit=${PAGE}`));
    state.connectors.push(...page.connectors);
    state.total = page.total;
    if (!page.connectors.length || state.connectors.length >= page.total) break;
  }
  const { records } = await ask(native("audit-log?newestFirst=true&limit=50"));
  return records;
}

let looking = null;

// One look at a time: whoever asks meanwhile gets the one that is under way.
function look() {
  looking ??= (async () => {
    try {
      const records = await load();
      showCounts();
      showConnectors();
      showLog(records);
      if (element("news").classList.contains("bad") || element("news").textContent.startsWith("Connecting")) news("Up to date");
    } catch (error) {
      news(`The daemon does not answer as it should: ${error.message}`, true);
    } finally {
      looking = null;
    }
  })();
  return looking;
}

async function keepLooking() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

element("filter").addEventListener("input", showConnectors);
element("server").addEventListener("change", (event) => {
  state.server = event.target.value;
  look();
});
element("more").addEventListener("click", () => {
  state.shown += PAGE;
  look();
});
element("refresh-all").addEventListener("click", () => order("refresh", "integration-connectors", null, "all connectors"));
element("restart-all").addEventListener("click", () => order("restart", "integration-connectors", null, "all connectors"));
keepLooking();
