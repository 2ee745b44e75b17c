// What is asked of the daemon, and what came of it.

import { explained, native, post } from "../shared/api.js";
import { confirmed } from "../shared/dialogs.js";
import { Message } from "../shared/messages.js";
import { count, many } from "../shared/words.js";

const ASK_FROM = 20; // a refresh of so many connectors is asked about; a restart of many always is

const WELL = new Set(["WAITING", "ENGAGED"]);
const doing = { refresh: "Refreshing", restart: "Restarting" };
const done = { refresh: "Refreshed", restart: "Restarted" };
const word = { refresh: "Refresh", restart: "Restart" };

const user = { user: "console" };

async function carryOut(message, request, tell, after) {
  try {
    tell(await request);
  } catch (error) {
    message.failed(explained(error));
  }
  after();
}

// One connector: `after` is called when the answer is there.
export async function orderOne(server, what, connector, after) {
  const message = new Message(`${word[what]} of ${connector}`, `${doing[what]} ${connector} …`);
  const request = post(native(server, `connectors/${encodeURIComponent(connector)}/${what}`, user));
  await carryOut(message, request, (answer) => tellOne(message, what, connector, answer), after);
}

function tellOne(message, what, connector, { state, failure, outcome }) {
  const why = outcome?.notDone[0]?.reason ?? failure?.message;
  if (why) message.failed(`it is ${state}: ${why}`);
  else if (WELL.has(state)) message.done(`${done[what]} ${connector}`);
  else message.failed(`it is ${state} now`);
}

// All connectors that a filter selects: `total` of them, as far as is known.
export async function orderMany(server, what, filter, total, after) {
  const number = many(total, "connector");
  if ((what === "restart" || total >= ASK_FROM) && !(await confirmed(...question(server, what, filter, total)))) return;
  const message = new Message(`${word[what]} of ${number}`, `${doing[what]} ${number} …`);
  const request = post(native(server, `connectors/${what}`, { ...filter.query, ...user }));
  await carryOut(message, request, (answer) => tellMany(message, what, answer), after);
}

function question(server, what, filter, total) {
  const number = many(total, "connector");
  const which = filter.isEmpty
    ? `These are all connectors of ${server}.`
    : `These are the connectors of ${server} with ${filter.words}.`;
  const effect = what === "restart" ? " Whatever they are doing is interrupted." : "";
  return [`${word[what]} ${number}?`, which + effect, `${word[what]} ${number}`];
}

function tellMany(message, what, outcome) {
  if (outcome.done === outcome.asked) {
    message.done(`${done[what]} ${many(outcome.asked, "connector")}`);
    return;
  }
  const parts = [["done", "done"], ["failed", "failed"], ["resting", "paused or stopped"], ["atWork", "still at work"]];
  const counts = parts.filter(([part]) => outcome[part]).map(([part, words]) => `${count(outcome[part])} ${words}`);
  const [first] = outcome.notDone;
  message.failed(counts.join(", ") + (first ? `. ${first.connectorName}: ${first.reason}` : ""));
}
