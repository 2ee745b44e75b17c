// A page of the relationships of an element, of all types or of one type.

import { withQuery } from "../shared/addresses.js";
import { attribute, link, make } from "../shared/dom.js";
import { count } from "../shared/words.js";
import { elementLink, inWords } from "./names.js";
import { properties } from "./values.js";

const PAGE = 50;

// The second argument is the answer of the route `related` for the type and the position in the address.
export function related(route, { total, types, related: page }) {
  const all = Object.values(types).reduce((sum, each) => sum + each, 0);
  if (!all) return make("p", "quiet", "No relationships.");
  return make("div", "", chips(route, types, all), table(route, page), pager(route, total, page.length));
}

function chips(route, types, all) {
  const chosen = route.query.get("related");
  const bar = make("div", "bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Types of relationships");
  for (const [type, amount] of [["", all], ...Object.entries(types)]) {
    const chip = link(`${count(amount)} ${type || "in total"}`, withQuery(route, { related: type || null, from: null }), { className: "chip" });
    attribute(chip, "aria-current", (chosen ?? "") === type ? "true" : null);
    bar.append(chip);
  }
  return bar;
}

function table({ server }, page) {
  const head = ["Relationship", "Element", "Type"].map((text) => {
    const cell = make("th", "", text);
    cell.scope = "col";
    return cell;
  });
  const made = make("table", "related", make("thead", "", make("tr", "", ...head)));
  made.append(make("tbody", "", ...page.map((each) => row(server, each))));
  return made;
}

function row(server, { relationship, isEnd1, element }) {
  const type = make("td", "kind", make("span", "arrow", isEnd1 ? "→ " : "← "), relationship.typeName);
  type.firstElementChild.setAttribute("aria-hidden", "true");
  type.append(make("span", "unseen", isEnd1 ? " to" : " from"));
  const more = properties(relationship.properties ?? {});
  if (more) type.append(make("details", "", make("summary", "", "Properties"), more));
  const name = make("th", "", elementLink(server, element.guid, element.displayName));
  if (element.qualifiedName !== element.displayName) name.append(make("bdi", "detail", element.qualifiedName));
  name.scope = "row";
  const kind = inWords(element.typeName) + (element.status === "ARCHIVED" ? ", archived" : "");
  return make("tr", "", type, name, make("td", "", kind));
}

function pager(route, total, shown) {
  if (total <= PAGE) return "";
  const from = Number(route.query.get("from") ?? 0);
  const bar = make("nav", "bar pager");
  bar.setAttribute("aria-label", "Pages of relationships");
  if (from > 0) bar.append(link("Previous", withQuery(route, { from: Math.max(0, from - PAGE) || null }), { className: "button" }));
  bar.append(make("span", "quiet", `${count(from + 1)}-${count(from + shown)} of ${count(total)}`));
  if (from + shown < total) bar.append(link("Next", withQuery(route, { from: from + PAGE }), { className: "button" }));
  return bar;
}

// The identifiers of the element in other catalogues, and the state of the exchange with these catalogues.
export function externalIdentifiers(server, element, { related: links }) {
  const cards = links.map(({ relationship, element: other }) => {
    const { mappingProperties, ...known } = relationship.properties ?? {};
    const details = mappingProperties ? make("details", "", make("summary", "", "Versions of the properties"), properties(mappingProperties)) : "";
    return make("div", "classification", make("h3", "", elementLink(server, other.guid, other.displayName)), properties(known) ?? "", details ?? "");
  });
  return make("div", "", ...cards);
}
