// Changes of a server's document, and their outcomes.

import { explained, native, post } from "../shared/api.js";
import { confirmed } from "../shared/dialogs.js";
import { Message } from "../shared/messages.js";
import { many } from "../shared/words.js";

const NAMED = 3;

// Apply an earlier version again, after a question, in place of version `newest`, but of no newer one. `after` is called
// at the end.
export async function restore(server, number, newest, after) {
  const detail = "The version is applied to the running server, and becomes the newest version. Changed connectors are started, restarted or removed; the others keep running.";
  if (!(await confirmed(`Restore version ${number}?`, detail, `Restore version ${number}`))) return;
  const message = new Message(`Restoration of version ${number}`, `Restoring version ${number} …`);
  try {
    message.done(applied(await post(native(server, `documents/${number}/restore`, { expectedVersion: newest, user: "console" }))));
  } catch (error) {
    message.failed(explained(error));
  }
  after();
}

// Apply a changed document. The change is rolled back after this many seconds if its connectors fail; 0: never.
// Raises `RequestError` if the document is not applied, for example if `base` is not the number of the newest version.
export async function apply(server, document, seconds, base) {
  const message = new Message("The changed document", "Applying the document …");
  try {
    const done = await post(native(server, "reload", { rollbackAfterSeconds: seconds || null, expectedVersion: base, user: "console" }), document);
    message.done(applied(done) + (seconds ? ` The change is rolled back after ${many(seconds, "second")} if one of these connectors has failed.` : ""));
  } catch (error) {
    message.failed("it was not applied.");
    throw error;
  }
}

function applied({ version, added = [], changed = [], removed = [], needsRestart = [], notRunning = [] }) {
  const parts = [["added", added], ["changed", changed], ["removed", removed]].filter(([, names]) => names.length);
  const told = parts.map(([word, names]) => `${many(names.length, "connector")} ${word} (${listed(names)})`);
  const waiting = needsRestart.length ? ` Takes effect when the server is started again: ${listed(needsRestart)}.` : "";
  const [failed] = notRunning;
  const failure = failed ? ` ${failed.connectorName} has failed: ${failed.reason}` : "";
  return `Version ${version} is in effect: ${told.join(", ") || "no connectors changed"}.${waiting}${failure}`;
}

function listed(names) {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
