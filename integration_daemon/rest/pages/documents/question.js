// The question before a changed document is applied, with its changes and the automatic rollback.

import { confirmed } from "../shared/dialogs.js";
import { make } from "../shared/dom.js";
import { many } from "../shared/words.js";
import { fields } from "./drawn.js";
import { summary } from "./words.js";

// `overtaken` is the newest version, if it is newer than the start of editing; otherwise null.
export function askToApply(server, differences, seconds, overtaken) {
  const detail = make("div");
  if (overtaken) {
    const warning = make("p", "notice problem", `Version ${overtaken.number} was stored after you began to edit; your document undoes its changes: `, summary(overtaken));
    detail.append(warning);
  }
  const undone = seconds ? `The change is rolled back after ${many(seconds / 60, "minute")} if a changed connector has failed.` : "The change is not rolled back automatically.";
  detail.append(make("p", "", `The document is applied to the running server, and becomes its newest version. ${undone}`), fields(differences));
  return confirmed(`Apply the changed document to ${server}?`, detail, "Apply");
}
