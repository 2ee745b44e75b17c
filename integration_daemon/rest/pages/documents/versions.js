// The versions of a server's document, with their authors, times and origins, to compare and restore.

import { address } from "../shared/addresses.js";
import { DOCUMENTS, requirePermission } from "../shared/allowed.js";
import { get, native } from "../shared/api.js";
import { button, link, make, set } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { restore } from "./changes.js";
import { how, size, time, who } from "./words.js";
import { trialNotice } from "./trial.js";

export async function mount({ main, route, signal, title }) {
  title("Documents");
  await requirePermission(route.server, "ADMINISTER_SERVERS", signal, DOCUMENTS);
  const { server } = route;
  if (signal.aborted) return;
  const versions = new Versions(server, (number) => restore(server, number, versions.newest, again));
  main.append(versions.node);
  const again = follow({
    signal,
    load: (loading) => get(native(server, "documents"), loading),
    show: (answer) => versions.show(answer, again),
    failed: (error) => main.replaceChildren(problem(error)),
    concerns: { record: ({ record }) => record.messageId.startsWith("OMAG-ADMIN") },
    every: 10000,
  });
}

class Versions {
  #rows;
  #trial = make("div");
  #compare;
  #choices = { from: null, to: null };

  constructor(server, restored) {
    this.server = server;
    const heads = ["Version", "Time", "Author", "Change", "Size"].map((text) => columnHead(text));
    const choice = columnHead("");
    choice.append(make("span", "unseen", "Compare"));
    const body = make("tbody");
    this.#rows = new Keyed(body, (version) => this.#makeRow(version, restored), updateRow);
    this.#compare = link("Compare", "#", { className: "button" });
    const edit = link("Edit the document", address(server, "documents", ["edit"]), { className: "button primary" });
    const table = make("table", "versions", make("caption", "unseen", "Versions of the document, the newest first"), make("thead", "", make("tr", "", choice, ...heads, make("td"))), body);
    const heading = make("h1", "", "Versions of the document");
    heading.id = "versions-title";
    const hint = make("p", "quiet", "Each change of the server's configuration document is stored as a version. Choose two versions to compare them.");
    this.node = make("section", "", heading, hint, this.#trial, make("div", "bar", edit, this.#compare), table);
    this.node.setAttribute("aria-labelledby", heading.id);
  }

  show({ versions, trial }, again) {
    const [newest] = versions;
    this.newest = newest?.number;
    this.#rows.show(versions.map((each) => ({ ...each, isNewest: each === newest, isOnTrial: trial?.version === each.number })), (each) => each.number);
    this.#trial.replaceChildren(...(trial ? [trialNotice(this.server, trial, again)] : []));
    this.#choices.to ??= newest?.number;
    this.#choices.from ??= versions[1]?.number ?? newest?.number;
    this.#showChoices();
  }

  #showChoices() {
    const { from, to } = this.#choices;
    this.#compare.href = address(this.server, "documents", ["difference"], { from: Math.min(from, to), to: Math.max(from, to) });
    this.#compare.textContent = from === to ? "Choose two versions" : `Compare ${Math.min(from, to)} and ${Math.max(from, to)}`;
    this.#compare.classList.toggle("off", from === to);
    for (const radio of this.node.querySelectorAll("input[type=radio]")) radio.checked = this.#choices[radio.name] === Number(radio.value);
  }

  #makeRow({ number }, restored) {
    const radios = ["from", "to"].map((name) => {
      const radio = make("input");
      Object.assign(radio, { type: "radio", name, value: number });
      radio.setAttribute("aria-label", `Compare ${name} version ${number}`);
      radio.addEventListener("change", () => {
        this.#choices[name] = number;
        this.#showChoices();
      });
      return make("label", "", radio, name);
    });
    const name = make("th", "", link(`Version ${number}`, address(this.server, "documents", [String(number)]), { className: "name" }), " ", make("span", "badge"));
    name.scope = "row";
    const actions = make("td", "actions", button("Restore", () => restored(number), { label: `Restore version ${number}` }));
    return make("tr", "", make("td", "choice", ...radios), name, make("td", "when"), make("td", "who"), make("td", "what"), make("td", "number"), actions);
  }
}

function updateRow(row, version) {
  const [, name, when, by, what, bytes, actions] = row.cells;
  const badge = name.lastElementChild;
  set(badge, "textContent", version.isOnTrial ? "on trial" : version.isNewest ? "in effect" : "");
  set(badge, "hidden", !badge.textContent);
  if (!when.firstElementChild) when.append(time(version));
  set(by, "textContent", who(version));
  set(what, "textContent", how(version) + (version.detail ? `: ${version.detail}` : ""));
  set(bytes, "textContent", size(version.size));
  set(actions.firstElementChild, "hidden", version.isNewest);
}

function columnHead(text) {
  const head = make("th", "", text);
  head.scope = "col";
  return head;
}
