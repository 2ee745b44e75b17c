// The question before a changed document is applied, with its changes and the automatic rollback.

import { confirmed } from "../shared/dialogs.js";
import { make } from "../shared/dom.js";
import { many } from "../shared/words.js";
import { fields } from "./drawn.js";

export function askToApply(server, differences, seconds) {
  const detail = make("div");
  const undone = seconds ? `The change is rolled back after ${many(seconds / 60, "minute")} if a changed connector has failed.` : "The change is not rolled back automatically.";
  detail.append(make("p", "", `The document is applied to the running server, and becomes its newest version. ${undone}`), fields(differences));
  return confirmed(`Apply the changed document to ${server}?`, detail, "Apply");
}
