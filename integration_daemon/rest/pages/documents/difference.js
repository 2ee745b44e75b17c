// The difference between two versions of a document, line by line or field by field.

import { address, withQuery } from "../shared/addresses.js";
import { DOCUMENTS, requirePermission } from "../shared/allowed.js";
import { get, native } from "../shared/api.js";
import { attribute, button, link, make } from "../shared/dom.js";
import { choice, labelled } from "../shared/form.js";
import { problem } from "../shared/notice.js";
import { restore } from "./changes.js";
import { fields, lines } from "./drawn.js";
import { MOST_BYTES, TOO_LARGE, asText, summary } from "./words.js";

const VIEWS = [["lines", "Line by line"], ["fields", "Field by field"]];

export async function mount({ main, route, signal, title }) {
  title("Difference");
  await requirePermission(route.server, "ADMINISTER_SERVERS", signal, DOCUMENTS);
  await show(main, route, signal);
  return { update: (next) => show(main, next, signal).catch((error) => signal.aborted || main.replaceChildren(problem(error))) };
}

async function show(main, route, signal) {
  const { server, query } = route;
  const { versions } = await get(native(server, "documents"), signal);
  const to = Number(query.get("to")) || versions[0].number;
  const from = Number(query.get("from")) || (versions[versions.findIndex((each) => each.number === to) + 1] ?? versions.at(-1)).number;
  const pair = [from, to].map((number) => versions.find((each) => each.number === number));
  const view = query.get("view") ?? "lines";
  const drawn = await difference(route, [from, to], pair, view, signal);
  if (signal.aborted) return;
  const heading = make("h1", "", `Version ${from} compared with ${to}`);
  const focused = document.activeElement?.closest?.(".compare")?.contains(document.activeElement) ? document.activeElement.name || document.activeElement.textContent : null;
  main.replaceChildren(heading, bar(route, versions, [from, to], view), about(pair), drawn);
  if (focused) [...main.querySelectorAll(".compare select, .compare a")].find((each) => each.name === focused || each.textContent === focused)?.focus();
}

async function difference(route, [from, to], pair, view, signal) {
  const { server } = route;
  if (pair.some((each) => !each)) return problem({ message: "One of the two versions is not stored.", action: "Choose another version." });
  if (from === to) return make("p", "quiet", "Choose two different versions.");
  if (view === "fields") {
    const { differences } = await get(native(server, "documents/difference", { from, to }), signal);
    return fields(differences);
  }
  if (pair.some((each) => each.size > MOST_BYTES)) return problem(TOO_LARGE);
  const [old, changed] = await Promise.all([from, to].map((number) => get(native(server, `documents/${number}`), signal)));
  const { differences } = await get(native(server, "documents/difference", { from, to }), signal);
  return lines(asText(old.document), asText(changed.document), differences.length);
}

function bar(route, versions, [from, to], view) {
  const made = make("div", "bar compare");
  for (const [name, number, text] of [["from", from, "From"], ["to", to, "To"]]) {
    const select = choice(name, versions.map((each) => [String(each.number), `Version ${each.number}`]));
    select.value = String(number);
    select.addEventListener("change", () => (location.hash = withQuery(route, { from, to, [name]: select.value })));
    made.append(labelled(text, select));
  }
  const views = make("div", "bar views");
  views.setAttribute("role", "group");
  views.setAttribute("aria-label", "View");
  for (const [name, text] of VIEWS) {
    const chip = link(text, withQuery(route, { from, to, view: name === "lines" ? null : name }), { className: "chip" });
    attribute(chip, "aria-current", name === view ? "true" : null);
    views.append(chip);
  }
  const { server } = route;
  const back = button(`Restore version ${from}`, () => restore(server, from, versions[0].number, () => (location.hash = address(server, "documents"))));
  back.hidden = from === versions[0].number;
  made.append(views, back);
  return made;
}

function about(pair) {
  const list = make("ul", "versions-compared");
  for (const version of pair.filter(Boolean)) list.append(make("li", "", `${version.number}: `, summary(version)));
  return list;
}
