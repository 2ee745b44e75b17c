// The notice of a change on trial, which is rolled back automatically if its connectors fail: the end of the trial, and
// a button to roll back before.

import { button, make } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { restore } from "./changes.js";

export function trialNotice(server, { version, previous, ends }, after) {
  const time = timeNode();
  showTime(time, ends);
  const text = make("p", "what", `Version ${version} is on trial. The changed connectors are checked `, time, `; if one of them has failed, version ${previous} is restored automatically.`);
  const undo = button(`Roll back to version ${previous} now`, () => restore(server, previous, version, after));
  return make("div", "notice wait", text, make("p", "", undo));
}
