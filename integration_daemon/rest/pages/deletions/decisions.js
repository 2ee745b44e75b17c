// The decisions on held deletions, and their outcomes.

import { RequestError, explained, get, native, post } from "../shared/api.js";
import { confirmed } from "../shared/dialogs.js";
import { button } from "../shared/dom.js";
import { Message } from "../shared/messages.js";
import { count, many } from "../shared/words.js";

const AT_ONCE = 4; // decisions that are sent at the same time
const NAMED = 5;

// Approve or reject one held deletion, after a question. `after` is called at the end.
export async function decide(server, what, held, after) {
  const elements = many(held.count, "element");
  if (!(await confirmed(...question(what, held)))) return;
  const message = new Message(`Decision on ${held.connector}`, what === "approve" ? `Removing ${elements} …` : `Keeping ${elements} …`);
  try {
    await send(server, what, held);
    message.done(what === "approve" ? `${elements} of ${held.connector} were removed from the catalogue` : `${elements} of ${held.connector} stay in the catalogue`);
  } catch (error) {
    message.failed(explained(error));
  }
  after();
}

function question(what, { connector, scope, count: gone, known }) {
  const elements = many(gone, "element");
  const found = `${connector} no longer finds ${count(gone)} of ${many(known, "element")} in ${scope}.`;
  if (what === "approve") {
    return [`Remove ${elements} from the catalogue?`, `${found} The elements are archived or deleted, depending on the configuration of the connector.`, `Remove ${elements}`, { isDangerous: true }];
  }
  return [`Keep ${elements} in the catalogue?`, `${found} The elements are held again only if more of them are missing.`, `Keep ${elements}`];
}

// Raises `RequestError` if the decision is not in effect.
async function send(server, what, held) {
  const path = `connectors/${encodeURIComponent(held.connector)}/deletions/${what}`;
  const answer = await post(native(server, path, { scope: held.scope, seen: what === "approve" ? held.count : null, user: "console" }));
  const remains = (answer.deletions ?? []).some((each) => each.scope === held.scope && !each.rejected);
  if (what === "approve" && remains) throw new RequestError(`approved, but not removed yet; ${held.connector} is ${answer.state}.`, "The next refresh removes the elements.");
}

// Approve or reject all held deletions, after a question that names their number.
export async function decideAll(server, what, after) {
  const message = () => new Message(what === "approve" ? "Approval of all deletions" : "Rejection of all deletions", "Loading the held deletions …");
  let waiting;
  try {
    const { deletions } = await get(native(server, "deletions"));
    waiting = deletions.flatMap((each) => each.held.map((one) => ({ connector: each.connectorName, ...one }))).filter((each) => !each.rejected);
  } catch (error) {
    message().failed(explained(error));
    return;
  }
  if (!waiting.length || !(await confirmed(...questionOfAll(what, waiting)))) return;
  await carryOut(server, what, waiting, message());
  after();
}

function questionOfAll(what, waiting) {
  const elements = many(waiting.reduce((sum, each) => sum + each.count, 0), "element");
  const connectors = [...new Set(waiting.map((each) => each.connector))];
  const more = connectors.length > NAMED ? ` and ${count(connectors.length - NAMED)} more` : "";
  const which = `The elements belong to ${many(connectors.length, "connector")}: ${connectors.slice(0, NAMED).join(", ")}${more}.`;
  if (what === "approve") return [`Remove ${elements} from the catalogue?`, which, `Remove ${elements}`, { isDangerous: true }];
  return [`Keep ${elements} in the catalogue?`, `${which} The elements are held again only if more of them are missing.`, `Keep ${elements}`];
}

async function carryOut(server, what, waiting, message) {
  const remaining = [...waiting];
  const failures = [];
  let done = 0;
  let isCancelled = false;
  const cancel = button("Cancel", () => (isCancelled = true));
  const tell = () => message.say(`${count(done)} of ${many(waiting.length, "held deletion")} decided …`, cancel);
  const work = async () => {
    while (remaining.length && !isCancelled) {
      const held = remaining.shift();
      await send(server, what, held).catch((error) => failures.push(`${held.connector}: ${explained(error)}`));
      done += 1;
      tell();
    }
  };
  tell();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const told = `${count(done - failures.length)} of ${many(waiting.length, "held deletion")} ${what === "approve" ? "approved" : "rejected"}`;
  if (failures.length) message.failed(`${told}. ${failures[0]}`);
  else if (isCancelled) message.failed(`${told}; the others were cancelled.`);
  else message.done(told);
}
