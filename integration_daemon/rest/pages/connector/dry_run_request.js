// Requests a dry run, and follows it to its end.

import { explained, native, post } from "../shared/api.js";
import { Message } from "../shared/messages.js";
import { ended, reasonOf } from "../shared/operations.js";

// Resolves when the dry run has ended; the connector's details then have its report.
export async function requestDryRun(server, name) {
  const message = new Message(`Dry run of ${name}`, `Dry run of ${name} …`);
  try {
    const path = native(server, `connectors/${encodeURIComponent(name)}/dry-run`, { user: "console", waitSeconds: 0 });
    const { outcome } = await post(path);
    const operation = await ended(server, outcome, message, `Dry run of ${name}`);
    const [first] = operation.outcome.notDone;
    if (first) message.failed(reasonOf(first));
    else if (operation.state === "CANCELLED") message.done(`The dry run of ${name} was cancelled`);
    else message.done(`The dry run of ${name} is done; nothing was written`);
  } catch (error) {
    message.failed(explained(error));
  }
}
