// The actions on a connector, each after a question. A user without permission sees the reason.

import { confirmed } from "../shared/dialogs.js";
import { button, make } from "../shared/dom.js";
import { OPERATIONS, operateOne } from "../shared/operations.js";
import { requestDryRun } from "./dry_run_request.js";

// The effect of each action on this one connector.
const EFFECTS = {
  refresh: "It compares both sides now and corrects every difference, as its next refresh would do.",
  dryRun: "It is refreshed without writing anything, and this page then shows what a refresh would change.",
  restart: "Whatever it is doing is interrupted. It begins anew with a connection of its own, and is refreshed.",
  pause: "It keeps its connections and is not refreshed until it is resumed, also after a restart of the daemon.",
  resume: "It runs again, and is refreshed.",
  stop: "Whatever it is doing is interrupted. It is disconnected, and is not called until it is resumed, also after a restart of the daemon.",
};
const RESTING = new Set(["PAUSED", "STOPPED"]);

export class Actions {
  #buttons = new Map();

  // `after()` is called when an action has ended.
  constructor(parent, server, name, mayOperate, after) {
    const bar = make("div", "bar actions");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Actions");
    for (const action of Object.keys(EFFECTS)) {
      const word = action === "dryRun" ? "Dry run" : OPERATIONS[action].word;
      const node = button(word, async () => {
        if (!(await confirmed(`${word}: ${name}?`, EFFECTS[action], word, { isDangerous: action === "stop" }))) return;
        await (action === "dryRun" ? requestDryRun(server, name) : operateOne(server, action, name));
        after();
      });
      node.disabled = !mayOperate;
      this.#buttons.set(action, node);
      bar.append(node);
    }
    if (!mayOperate) bar.append(make("span", "quiet", "You may look at this connector, and not operate it: that needs the role operator."));
    parent.append(bar);
  }

  show({ targetState, isTargetsAlone }) {
    const rests = RESTING.has(targetState);
    this.#buttons.get("pause").hidden = targetState === "PAUSED";
    this.#buttons.get("resume").hidden = !rests && !isTargetsAlone;
    this.#buttons.get("stop").hidden = targetState === "STOPPED";
    this.#buttons.get("dryRun").hidden = Boolean(isTargetsAlone);
  }
}
