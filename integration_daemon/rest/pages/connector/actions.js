// The actions on a connector, each after a question. A user without permission sees the reason.

import { confirmed } from "../shared/dialogs.js";
import { button, make } from "../shared/dom.js";
import { OPERATIONS, operateOne } from "../shared/operations.js";
import { requestDryRun } from "./dry_run_request.js";

const ACTIONS = ["refresh", "dryRun", "restart", "pause", "resume", "stop"];
const DRY_RUN = "The connector is refreshed without writing anything. This page then shows the changes that a refresh would make.";
const RESTING = new Set(["PAUSED", "STOPPED"]);

export class Actions {
  #buttons = new Map();

  // `after()` is called when an action has ended.
  constructor(parent, server, name, mayOperate, after) {
    const bar = make("div", "bar actions");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Operations on the connector");
    for (const action of ACTIONS) {
      const node = button(OPERATIONS[action]?.word ?? "Dry run", async () => {
        await (action === "dryRun" ? dryRun(server, name) : operateOne(server, action, name));
        after();
      });
      node.disabled = !mayOperate;
      this.#buttons.set(action, node);
      bar.append(node);
    }
    if (!mayOperate) bar.append(make("span", "quiet", "Operating this connector requires the role operator."));
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

async function dryRun(server, name) {
  if (await confirmed(`Dry run: ${name}?`, DRY_RUN, "Dry run")) await requestDryRun(server, name);
}
