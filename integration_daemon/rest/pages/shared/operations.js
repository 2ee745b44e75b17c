// Operations on connectors: requests them, follows them to their end, and cancels them.

import { RequestError, explained, get, native, post } from "./api.js";
import { button } from "./dom.js";
import { Message } from "./messages.js";
import { count, many } from "./words.js";

const PAUSE = 500; // milliseconds between two requests for the progress of an operation
const USER = { user: "console" };

// The name of each operation, and its effect on connectors.
export const OPERATIONS = {
  refresh: { word: "Refresh", doing: "Refreshing", done: "Refreshed", effect: "Each compares both sides and corrects every difference." },
  restart: { word: "Restart", doing: "Restarting", done: "Restarted", effect: "Whatever they are doing is interrupted; they begin anew, and are refreshed." },
  pause: { word: "Pause", doing: "Pausing", done: "Paused", effect: "They keep their connections, and are not refreshed until they are resumed, also after a restart of the daemon." },
  resume: { word: "Resume", doing: "Resuming", done: "Resumed", effect: "Those that are paused or stopped run again." },
  stop: { word: "Stop", doing: "Stopping", done: "Stopped", effect: "Whatever they are doing is interrupted; they are disconnected, and are not called until they are resumed, also after a restart of the daemon." },
};

// Operate on one connector.
export function operateOne(server, operation, connector) {
  const path = native(server, `connectors/${encodeURIComponent(connector)}/${operation}`, { ...USER, waitSeconds: 0 });
  return carryOut(server, operation, connector, () => post(path));
}

// Operate on the connectors with these names; with null, on all that a filter selects.
export function operateMany(server, operation, names, filter, amount) {
  const query = { ...(names ? {} : filter), ...USER, waitSeconds: 0 };
  const body = names ? { connectors: names } : undefined;
  return carryOut(server, operation, many(amount, "connector"), () => post(native(server, `connectors/${operation}`, query), body));
}

// Resolves when the operation has ended or could not be started.
async function carryOut(server, operation, subject, request) {
  const { word, doing } = OPERATIONS[operation];
  const message = new Message(`${word} of ${subject}`, `${doing} ${subject} …`);
  try {
    const answer = await request();
    const outcome = answer.outcome ?? answer;
    tell(message, operation, subject, await ended(server, outcome, message, `${doing} ${subject}`));
  } catch (error) {
    message.failed(explained(error));
  }
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

function tell(message, operation, subject, { state, outcome }) {
  const { done } = OPERATIONS[operation];
  const [first] = outcome.notDone;
  if (outcome.done === outcome.asked) message.done(`${done} ${subject}`);
  else if (state === "CANCELLED" && !outcome.failed) message.done(`Cancelled: ${countsOf(outcome)}`);
  else if (outcome.asked === 1 && first) message.failed([first.reason, first.userAction].filter(Boolean).join(" "));
  else message.failed(countsOf(outcome) + (first ? `. ${first.connectorName}: ${first.reason}` : ""));
}

function countsOf(outcome) {
  const parts = [["done", "done"], ["failed", "failed"], ["cancelled", "cancelled"], ["resting", "paused or stopped"]];
  const counts = parts.filter(([part]) => outcome[part]).map(([part, words]) => `${count(outcome[part])} ${words}`);
  if (!counts.length) throw new RequestError("It is not known what came of it.");
  return counts.join(", ");
}
