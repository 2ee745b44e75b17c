// Draws differences: removed and added lines with their numbers, or fields with their old and new values.

import { button, make } from "../shared/dom.js";
import { count, many } from "../shared/words.js";
import { lineDiff } from "./line_diff.js";

const AROUND = 3; // unchanged lines that are shown around a change
const MOST_LINES = 3000; // that are drawn

const SIGNS = { same: " ", removed: "−", added: "+" };

// `differing` is the number of fields that differ, including secrets.
export function lines(old, changed, differing) {
  const all = lineDiff(old.trimEnd().split("\n"), changed.trimEnd().split("\n"));
  const changes = all.filter((each) => each.kind !== "same");
  if (!changes.length) {
    return make("p", "quiet", differing ? `The texts are the same; ${many(differing, "secret")} that cannot be shown ${differing === 1 ? "differs" : "differ"}.` : "No differences.");
  }
  const [removed, added] = ["removed", "added"].map((kind) => changes.filter((each) => each.kind === kind).length);
  const told = make("p", "quiet", `${many(removed, "line")} removed, ${count(added)} added. Secrets are shown as asterisks.`);
  return make("div", "", told, table(all));
}

function table(all) {
  const body = make("tbody");
  const blocks = blocksOf(all);
  let drawn = 0;
  for (const { isShown, items } of blocks) {
    if (drawn + (isShown ? items.length : 0) > MOST_LINES) {
      body.append(gap(`Only ${count(MOST_LINES)} lines are shown. The view “Field by field” shows all differences.`));
      break;
    }
    if (isShown) body.append(...items.map(row));
    else body.append(folded(items));
    drawn += isShown ? items.length : 1;
  }
  const heads = ["Old line", "New line", "Change", "Text"].map((text) => {
    const head = make("th", "", text);
    head.scope = "col";
    return head;
  });
  const columns = make("colgroup", "", make("col", "number"), make("col", "number"), make("col", "sign"), make("col"));
  return make("table", "diff", make("caption", "unseen", "The difference, line by line"), columns, make("thead", "unseen", make("tr", "", ...heads)), body);
}

// Runs of lines that are shown, or folded because no change is near.
function blocksOf(all) {
  const isNear = new Uint8Array(all.length);
  all.forEach(({ kind }, place) => kind !== "same" && isNear.fill(1, Math.max(0, place - AROUND), place + AROUND + 1));
  const blocks = [];
  all.forEach((line, place) => {
    const isShown = isNear[place] === 1;
    if (blocks.at(-1)?.isShown !== isShown) blocks.push({ isShown, items: [] });
    blocks.at(-1).items.push(line);
  });
  return blocks.map((each) => (each.items.length === 1 ? { ...each, isShown: true } : each));
}

function row({ kind, text, old, new: changed }) {
  const sign = make("td", "sign", SIGNS[kind]);
  if (kind !== "same") sign.setAttribute("aria-label", kind);
  return make("tr", kind, make("td", "number", String(old ?? "")), make("td", "number", String(changed ?? "")), sign, make("td", "text", text));
}

function folded(items) {
  const line = gap("");
  line.firstElementChild.append(button(`Show ${many(items.length, "unchanged line")}`, () => line.replaceWith(...items.slice(0, MOST_LINES).map(row)), { className: "plain" }));
  return line;
}

function gap(text) {
  const cell = make("td", "", text);
  cell.colSpan = 4;
  return make("tr", "gap", cell);
}

// Each field with its place, its old value and its new value.
export function fields(differences) {
  if (!differences.length) return make("p", "quiet", "No differences.");
  const items = differences.map(({ path, old, new: changed }) => {
    const values = make("div", "values", side("removed", "Before", old), side("added", "After", changed));
    return make("li", "field-difference", make("code", "path", path), values);
  });
  return make("div", "", make("p", "quiet", `${many(differences.length, "field")} ${differences.length === 1 ? "differs" : "differ"}. Secrets are shown as asterisks.`), make("ul", "fields", ...items));
}

function side(kind, name, value) {
  const none = value === null || value === undefined;
  const text = none ? make("span", "quiet", kind === "added" ? "removed" : "absent") : make("pre", "", typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return make("div", none ? "side" : `side ${kind}`, make("span", "unseen", `${name}: `), text);
}
