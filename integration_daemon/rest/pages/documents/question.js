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
    const warning = make("p", "notice problem", `Version ${overtaken.number} was made since you began, and what it changed is undone by yours: `, summary(overtaken));
    detail.append(warning);
  }
  const undone = seconds ? `It is undone after ${many(seconds / 60, "minute")} if a connector that it changes has failed then.` : "It is not undone by itself.";
  detail.append(make("p", "", `It is applied to the running server, and becomes its newest version. ${undone}`), fields(differences));
  return confirmed(`Apply the changed document to ${server}?`, detail, "Apply");
}
