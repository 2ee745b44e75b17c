// The table of connectors: one `tbody` each, with a second row for why it failed.

import { button, element, make, say, set } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";
import { showTime, timeNode } from "../shared/times.js";
import { ago, count, many } from "../shared/words.js";

const AT_REST = new Set(["FAILED", "PAUSED", "STOPPED"]); // the schedule does not come to these

export class Connectors {
  #bodies;

  // `order(what, connector)` asks for a refresh or restart of one connector.
  constructor(order) {
    this.#bodies = new Keyed(element("table"), (connector) => makeBody(connector, order), updateBody);
  }

  show(connectors) {
    this.#bodies.show(connectors, (each) => each.connectorName);
  }
}

function makeBody(connector, order) {
  const { connectorName } = connector;
  const name = make("th");
  name.scope = "row";
  name.append(make("bdi", "name", connectorName), make("span", "detail"), make("span", "held"), make("span", "detail"));
  const actions = make("td", "actions");
  for (const what of ["refresh", "restart"]) {
    const word = what[0].toUpperCase() + what.slice(1);
    actions.append(button(word, () => order(what, connectorName), { label: `${word} ${connectorName}` }), " ");
  }
  const row = make("tr");
  row.append(name, make("td"), make("td", "when success", timeNode()), make("td", "when next", timeNode()), make("td", "number"), actions);
  const body = make("tbody");
  body.append(row);
  return body;
}

function updateBody(body, connector) {
  const [name, state, success, next, restarts] = body.rows[0].cells;
  const [, service, held, progress] = name.children;
  say(service, connector.service);
  say(held, connector.heldDeletions ? `${many(connector.heldDeletions, "deletion")} held` : "");
  say(progress, connector.progress ?? "");
  say(state, connector.state);
  set(state, "className", `state ${connector.state}`);
  showTime(success.firstElementChild, connector.lastSuccess);
  showTime(next.firstElementChild, AT_REST.has(connector.state) ? null : connector.nextDue);
  say(restarts, connector.restarts ? count(connector.restarts) : "");
  updateFailure(body, connector);
}

function updateFailure(body, { failure, lastFailure }) {
  if (!failure) {
    body.rows[1]?.remove();
    return;
  }
  if (!body.rows[1]) {
    const cell = make("td");
    cell.colSpan = 6;
    cell.append(make("span", "kind"), " ", make("bdi", "message"), make("span", "action"));
    const row = make("tr", "why");
    row.append(cell);
    body.append(row);
  }
  const [kind, message, action] = body.rows[1].cells[0].children;
  say(kind, `${failure.kind} in ${failure.method}${lastFailure ? `, ${ago(lastFailure)}` : ""}`);
  say(message, failure.message);
  say(action, failure.userAction ?? "");
}
