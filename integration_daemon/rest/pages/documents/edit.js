// The editor of a server's document, which checks the text, compares it with the version in effect, and applies it.

import { address } from "../shared/addresses.js";
import { DOCUMENTS, requirePermission } from "../shared/allowed.js";
import { get, native, request } from "../shared/api.js";
import { button, link, make, say } from "../shared/dom.js";
import { choice, labelled } from "../shared/form.js";
import { problem } from "../shared/notice.js";
import { many } from "../shared/words.js";
import { apply } from "./changes.js";
import { fields } from "./drawn.js";
import { Editor } from "./editor.js";
import { askToApply } from "./question.js";
import { problems } from "./problems.js";
import { SUPERSEDED, superseded } from "./superseded.js";
import { MOST_BYTES, TOO_LARGE, asText, summary } from "./words.js";

const PATIENCE = 60000;
const drafts = new Map(); // { text, base } by server: a draft outlives the page, but not the window

export async function mount({ main, route, signal, title }) {
  title("Edit the document");
  await requirePermission(route.server, "ADMINISTER_SERVERS", signal, DOCUMENTS);
  const { server, query } = route;
  const { versions } = await get(native(server, "documents"), signal);
  const number = Number(query.get("from")) || versions[0].number;
  const version = versions.find((each) => each.number === number);
  const heading = make("h1", "", "Edit the document");
  if (!version || version.size > MOST_BYTES) {
    main.append(heading, problem(version ? TOO_LARGE : { message: `Version ${number} is not stored.`, action: "Choose another version." }));
    return;
  }
  const { document } = await get(native(server, `documents/${number}`), signal);
  const draft = drafts.get(server);
  const editing = new Editing({ server, newest: versions[0].number, original: asText(document), draft, signal });
  const from = make("p", "", `From version ${number}: `, summary(version));
  const hint = make("p", "quiet", "Asterisks stand for stored secrets, which stay unchanged. For a new secret, write env:NAME or file:PATH. The Tab key leaves the editor.");
  main.append(heading, from, hint, ...editing.nodes);
}

class Editing {
  #editor;
  #found = make("div", "found");
  #told = make("p", "quiet");
  #discard;

  constructor({ server, newest, original, draft, signal }) {
    Object.assign(this, { server, newest, original, signal });
    this.base = draft?.base ?? newest; // the version that the text must replace, and no newer one
    this.#editor = new Editor(draft?.text ?? original, "The document as JSON", () => this.#changed());
    this.#told.setAttribute("role", "status");
    this.#discard = button("Discard changes", () => this.#reset());
    const trial = choice("rollbackAfter", [["0", "Never"], ["60", "1 minute"], ["300", "5 minutes"], ["900", "15 minutes"]]);
    trial.value = "60";
    const check = button("Check", () => this.#run(() => this.#check()));
    const applyIt = button("Apply …", () => this.#run(() => this.#apply(Number(trial.value))), { className: "primary" });
    const bar = make("div", "bar", check, applyIt, labelled("Roll back after", trial), this.#discard, link("All versions", address(server, "documents"), { className: "button" }));
    this.buttons = [check, applyIt];
    this.nodes = [bar, this.#told, this.#found, this.#editor.node];
    this.#changed();
    if (draft !== undefined) say(this.#told, "Your earlier changes were restored; they are not applied.");
  }

  #changed() {
    const isChanged = this.#editor.text !== this.original;
    if (!isChanged) this.base = this.newest;
    if (isChanged) drafts.set(this.server, { text: this.#editor.text, base: this.base });
    else drafts.delete(this.server);
    this.#discard.hidden = !isChanged;
    say(this.#told, isChanged ? "Changed, not applied." : "");
  }

  #reset() {
    this.#editor.text = this.original;
    this.#found.replaceChildren();
    this.#editor.mark([]);
    this.#changed();
    this.#editor.focus();
  }

  // Run one of the two actions at a time.
  async #run(work) {
    for (const each of this.buttons) each.disabled = true;
    try {
      await work();
    } catch (error) {
      if (!this.signal.aborted) this.#found.replaceChildren(problem(error));
    } finally {
      for (const each of this.buttons) each.disabled = false;
    }
  }

  // Show the problems of the text, and its differences. Returns the differences, or null if the text has errors.
  async #check() {
    say(this.#told, "Checking …");
    const body = this.#editor.text;
    const options = { method: "POST", body, headers: { "Content-Type": "application/json" }, signal: this.signal };
    const response = await request(native(this.server, "documents/check"), options, PATIENCE);
    const checked = await response.json();
    const errors = checked.problems.filter((each) => each.severity === "error");
    this.#editor.mark(checked.problems);
    const list = problems(checked.problems, (line) => this.#editor.goTo(line));
    const difference = errors.length ? [] : [make("h2", "", "Differences"), fields(checked.differences)];
    this.#found.replaceChildren(...list, ...difference);
    say(this.#told, errors.length ? `${many(errors.length, "error")}: the document cannot be applied.` : checked.differences.length ? "The document can be applied." : "The document is the same as the version in effect.");
    return errors.length ? null : checked.differences;
  }

  async #apply(seconds) {
    const differences = await this.#check();
    if (!differences?.length) return;
    if (!(await askToApply(this.server, differences, seconds))) return;
    try {
      await apply(this.server, JSON.parse(this.#editor.text), seconds, this.base);
    } catch (error) {
      if (error.id !== SUPERSEDED) throw error;
      await this.#showSuperseded();
      return;
    }
    drafts.delete(this.server);
    location.hash = address(this.server, "documents");
  }

  async #showSuperseded() {
    const { versions: [newest] } = await get(native(this.server, "documents"), this.signal);
    const proceed = () => {
      this.base = newest.number;
      this.#changed();
      this.#run(() => this.#check());
    };
    say(this.#told, "Changed, not applied.");
    this.#found.replaceChildren(superseded(this.server, this.base, newest, proceed));
  }
}
