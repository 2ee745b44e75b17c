// Operations on connectors: requests them, follows them to their end, and cancels them.

import { address } from "./addresses.js";
import { RequestError, explained, get, native, post } from "./api.js";
import { confirmed } from "./dialogs.js";
import { button, link } from "./dom.js";
import { Message } from "./messages.js";
import { count, many } from "./words.js";

const PAUSE = 500; // milliseconds between two requests for the progress of an operation
const USER = { user: "console" };

// The name of each operation, and its effect on one connector and on several.
export const OPERATIONS = {
  refresh: {
    word: "Refresh", doing: "Refreshing", done: "Refreshed",
    ofOne: "The connector compares its third-party technology with the catalogue, and corrects every difference.",
    effect: "Each connector compares its third-party technology with the catalogue, and corrects every difference.",
  },
  restart: {
    word: "Restart", doing: "Restarting", done: "Restarted",
    ofOne: "The work of the connector is interrupted. The connector disconnects, starts again, and is refreshed.",
    effect: "The work of the connectors is interrupted. The connectors disconnect, start again, and are refreshed.",
  },
  pause: {
    word: "Pause", doing: "Pausing", done: "Paused",
    ofOne: "The connector stays connected, and is not refreshed until it is resumed, even after a restart of the daemon.",
    effect: "The connectors stay connected, and are not refreshed until they are resumed, even after a restart of the daemon.",
  },
  resume: {
    word: "Resume", doing: "Resuming", done: "Resumed",
    ofOne: "The connector runs again, and is refreshed.",
    effect: "Paused and stopped connectors run again, and are refreshed.",
  },
  stop: {
    word: "Stop", doing: "Stopping", done: "Stopped",
    ofOne: "The work of the connector is interrupted. The connector disconnects, and is not called until it is resumed, even after a restart of the daemon.",
    effect: "The work of the connectors is interrupted. The connectors disconnect, and are not called until they are resumed, even after a restart of the daemon.",
  },
};

// Operate on one connector, after a question: a refresh may take long, and a restart interrupts work. A row of the list may
// not yet show that work has begun.
export async function operateOne(server, operation, connector) {
  const { word, ofOne } = OPERATIONS[operation];
  if (!(await confirmed(`${word}: ${connector}?`, ofOne, word, { isDangerous: operation === "stop" }))) return;
  const path = native(server, `connectors/${encodeURIComponent(connector)}/${operation}`, { ...USER, waitSeconds: 0 });
  await carryOut(server, operation, connector, () => post(path), nameOf(server, connector));
}

// Operate on the connectors with these names; with null, on all that a filter selects.
export function operateMany(server, operation, names, filter, amount) {
  const query = { ...(names ? {} : filter), ...USER, waitSeconds: 0 };
  const body = names ? { connectors: names } : undefined;
  return carryOut(server, operation, many(amount, "connector"), () => post(native(server, `connectors/${operation}`, query), body));
}

// Resolves when the operation has ended or could not be started. `name` is the subject in the message about the outcome.
async function carryOut(server, operation, subject, request, name = subject) {
  const { word, doing } = OPERATIONS[operation];
  const message = new Message([`${word} of `, name], `${doing} ${subject} …`);
  try {
    const answer = await request();
    tell(server, message, operation, name, await ended(server, answer.outcome ?? answer, message, `${doing} ${subject}`));
  } catch (error) {
    message.failed(explained(error));
  }
}

// The name of a connector, as a link to its page unless that page is open.
function nameOf(server, connector) {
  const there = address(server, "connectors", [connector]);
  return there === location.hash ? connector : link(connector, there);
}

// Resolves to the operation when it has ended; its message shows the progress until then.
export async function ended(server, outcome, message, text) {
  if (!outcome.operationId) return { state: "DONE", outcome };
  const path = native(server, `operations/${outcome.operationId}`);
  const cancel = button("Cancel", () => {
    cancel.disabled = true;
    post(`${path}/cancel?${new URLSearchParams(USER)}`).catch((error) => message.failed(explained(error)));
  });
  for (;;) {
    const operation = await get(path);
    if (operation.state !== "RUNNING") return operation;
    message.say(`${text} … ${progressOf(operation)}`, cancel);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function progressOf({ outcome, atWork }) {
  const { asked, atWork: left, failed } = outcome;
  if (asked === 1) return atWork[0]?.progress ?? "";
  return `${count(asked - left)} of ${count(asked)}${failed ? `, ${count(failed)} failed` : ""}`;
}

function tell(server, message, operation, name, { state, outcome }) {
  const [first] = outcome.notDone;
  if (outcome.done === outcome.asked) message.done(`${OPERATIONS[operation].done} `, name);
  else if (state === "CANCELLED" && !outcome.failed) message.done(`Cancelled: ${countsOf(outcome)}`);
  else if (outcome.asked === 1 && first) message.failed(reasonOf(first));
  else if (first) message.failed(`${countsOf(outcome)}. `, nameOf(server, first.connectorName), `: ${first.reason}`);
  else message.failed(countsOf(outcome));
}

// The reason why a connector did not carry out an operation, and the user action.
export function reasonOf({ reason, userAction }) {
  return userAction ? `${reason}${reason.endsWith(".") ? "" : "."} ${userAction}` : reason;
}

function countsOf(outcome) {
  const parts = [["done", "done"], ["failed", "failed"], ["cancelled", "cancelled"], ["resting", "paused or stopped"]];
  const counts = parts.filter(([part]) => outcome[part]).map(([part, words]) => `${count(outcome[part])} ${words}`);
  if (!counts.length) throw new RequestError("The result of the operation is unknown.");
  return counts.join(", ");
}
