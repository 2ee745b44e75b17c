// The decision on a held deletion, and what came of it.

import { explained, native, post } from "../shared/api.js";
import { confirmed } from "../shared/dialogs.js";
import { Message } from "../shared/messages.js";
import { count, many } from "../shared/words.js";

// A deletion that is held: approved after a question, or rejected.
export async function decide(server, what, held, after) {
  const elements = many(held.count, "element");
  if (what === "approve") {
    const detail = `${held.connector} no longer finds ${elements} of ${count(held.known)} in ${held.scope}.`;
    if (!(await confirmed(`Remove ${elements} from the catalogue?`, detail, `Remove ${elements}`))) return;
  }
  const message = new Message(
    `Decision on ${held.connector}`,
    what === "approve" ? `Removing ${elements} …` : `Keeping ${elements} …`,
  );
  const path = `connectors/${encodeURIComponent(held.connector)}/deletions/${what}`;
  try {
    const answer = await post(native(server, path, { scope: held.scope, user: "console" }));
    tellDecision(message, what, held, answer);
  } catch (error) {
    message.failed(explained(error));
  }
  after();
}

function tellDecision(message, what, held, answer) {
  const elements = many(held.count, "element");
  const remains = (answer.deletions ?? []).some((each) => each.scope === held.scope);
  if (what === "reject") message.done(`${elements} of ${held.connector} stay in the catalogue`);
  else if (!remains) message.done(`${elements} of ${held.connector} are removed from the catalogue`);
  else message.failed(`approved, but not removed yet. ${held.connector} is ${answer.state}.`);
}
