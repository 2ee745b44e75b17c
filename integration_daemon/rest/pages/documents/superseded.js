// The notice that a changed document was not applied, because a newer version was stored after the beginning of editing.

import { address } from "../shared/addresses.js";
import { button, link, make } from "../shared/dom.js";
import { problem } from "../shared/notice.js";
import { summary } from "./words.js";

export const SUPERSEDED = "INTEGRATION-DAEMON-CONFIG-409-001";

// `base` is the number of the version on which the text is based. `proceed()` makes the newest version its base.
export function superseded(server, base, newest, proceed) {
  const notice = problem({
    message: `Version ${newest.number} was stored after you began to edit. Your text was not applied.`,
    action: `Your text is kept. Compare the versions, and add the changes of version ${newest.number} to your text; then continue with version ${newest.number}. The text undoes the changes that it does not contain.`,
  });
  const compare = link(`Compare ${base} and ${newest.number}`, address(server, "documents", ["difference"], { from: base, to: newest.number }), { className: "button" });
  notice.append(make("p", "", `Version ${newest.number}: `, summary(newest)), make("div", "bar", compare, button(`Continue with version ${newest.number}`, proceed)));
  return notice;
}
