// The table of connectors: one `tbody` each, with a second row for the reason why a connector is not healthy.

import { address } from "../shared/addresses.js";
import { healthNode, reasonNode, reasonsOf, showHealth, showReason } from "../shared/condition.js";
import { attribute, button, link, make, say, set } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

const AT_REST = new Set(["FAILED", "PAUSED", "STOPPED"]); // states without refreshes on schedule
const COLUMNS = [
  { label: "Connector", sort: "name" },
  { label: "Health", sort: "condition" },
  { label: "Last success", sort: "lastSuccess" },
  { label: "Next refresh" },
  { label: "Restarts", sort: "-restarts" },
];

export class Rows {
  #bodies;
  #headings;

  // `selection` is a `Selection`; `operate(operation, connector)` is called for the button of a row.
  constructor(table, server, selection, operate) {
    this.#headings = COLUMNS.map(makeHeading);
    const head = make("thead", "", make("tr", "", make("th", "check", selection.all), ...this.#headings, make("td")));
    table.append(head);
    const making = (connector) => makeBody(connector, server, selection, operate);
    this.#bodies = new Keyed(table, making, (body, connector) => updateBody(body, connector, selection));
  }

  show(connectors, query, mayOperate) {
    this.#headings.forEach((heading, index) => updateHeading(heading, COLUMNS[index], query));
    this.#bodies.parent.classList.toggle("may-operate", mayOperate);
    this.#bodies.show(connectors, (each) => each.connectorName);
  }
}

function makeHeading({ label, sort }) {
  const heading = make("th", "", sort ? link(label, "#", { className: "sort" }) : label);
  heading.scope = "col";
  return heading;
}

// The first click on a heading sorts by it, the second in the opposite order, and the third by failures again.
function updateHeading(heading, { sort }, query) {
  if (!sort) return;
  const other = sort.startsWith("-") ? sort.slice(1) : `-${sort}`;
  const next = query.sort === sort ? other : query.sort === other ? null : sort;
  attribute(heading.firstElementChild, "href", query.with({ sort: next }));
  const isSorted = query.sort === sort || query.sort === other;
  attribute(heading, "aria-sort", isSorted ? (query.sort.startsWith("-") ? "descending" : "ascending") : null);
}

function makeBody(connector, server, selection, operate) {
  const { connectorName } = connector;
  const name = make("th", "", link("", address(server, "connectors", [connectorName]), { className: "name" }));
  name.scope = "row";
  name.firstElementChild.append(make("bdi", "", connectorName));
  name.append(make("span", "detail"), make("span", "held"), make("span", "detail progress"));
  const row = make("tr");
  const act = button("", () => operate(row.operation, connectorName));
  row.append(
    make("td", "check", selection.boxFor(connectorName)),
    name,
    make("td", "", healthNode()),
    make("td", "when success", timeNode()),
    make("td", "when next", timeNode()),
    make("td", "number"),
    make("td", "actions", act),
  );
  return make("tbody", "", row);
}

function updateBody(body, connector, selection) {
  const [row] = body.rows;
  const [, name, health, success, next, restarts, actions] = row.cells;
  const [, about, held, progress] = name.children;
  say(about, [connector.service, connector.group, ...(connector.labels ?? [])].filter(Boolean).join(" · "));
  say(held, connector.heldDeletions ? `${many(connector.heldDeletions, "deletion")} held` : "");
  say(progress, connector.progress ?? "");
  showHealth(health.firstElementChild, connector);
  showTime(success.firstElementChild, connector.lastSuccess);
  const isRestarted = Boolean(connector.restartDue);
  next.classList.toggle("restart", isRestarted);
  showTime(next.firstElementChild, isRestarted ? connector.restartDue : AT_REST.has(connector.state) ? null : connector.nextDue);
  say(restarts, connector.restarts ? count(connector.restarts) : "");
  updateAction(row, actions.firstElementChild, connector);
  updateReason(body, connector);
  attribute(body, "class", selection.has(connector.connectorName) ? "selected" : null);
}

// The most useful operation: restart a failed connector, resume a paused or stopped one, refresh any other.
function updateAction(row, act, { connectorName, state, targetState }) {
  row.operation = state === "FAILED" ? "restart" : targetState !== "RUNNING" ? "resume" : "refresh";
  const word = row.operation[0].toUpperCase() + row.operation.slice(1);
  say(act, word);
  attribute(act, "aria-label", `${word} ${connectorName}`);
}

function updateReason(body, connector) {
  const [reason] = reasonsOf(connector);
  if (!reason) {
    body.rows[1]?.remove();
    return;
  }
  if (!body.rows[1]) {
    const cell = make("td", "", reasonNode());
    cell.colSpan = COLUMNS.length + 2;
    body.append(make("tr", "why", cell));
  }
  const grave = connector.state === "FAILED" || connector.condition === "STALE";
  set(body.rows[1], "className", grave ? "why" : "why mild");
  showReason(body.rows[1].cells[0].firstElementChild, reason);
}
