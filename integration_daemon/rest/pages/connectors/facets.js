// The facets of the filter: its values, each with the number of connectors that it would select, as links that set or
// remove the value.

import { attribute, link, make, say } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";
import { count } from "../shared/words.js";

// The order of the facets and of their values; values that are not listed come last, by name.
const FACETS = [
  { name: "condition", label: "Condition", values: ["STALE", "DEGRADED", "UNKNOWN", "HEALTHY"] },
  { name: "state", label: "State", values: ["FAILED", "REFRESHING", "STARTING", "WAITING", "ENGAGED", "PAUSED", "STOPPED"] },
  { name: "failureKind", label: "Failure", values: [] },
  { name: "service", label: "Service", values: [] },
];

export class Facets {
  #groups;

  constructor(parent) {
    this.#groups = new Map(FACETS.map((facet) => [facet.name, makeGroup(parent, facet)]));
  }

  // `counts` has the numbers by facet and value; `query` is a `ListQuery`.
  show(counts, query) {
    for (const facet of FACETS) {
      const { group, chips } = this.#groups.get(facet.name);
      const chosen = query.filter[facet.name] ?? null;
      const items = choicesOf(facet, counts[facet.name], chosen).map((value) => ({
        value,
        amount: counts[facet.name][value] ?? 0,
        href: query.with({ [facet.name]: value === chosen ? null : value }),
        isChosen: value === chosen,
      }));
      chips.show(items, (each) => each.value);
      group.hidden = items.length < 2 && chosen === null;
    }
  }
}

function choicesOf({ values }, counts, chosen) {
  const rank = (value) => (values.includes(value) ? values.indexOf(value) : values.length);
  const found = new Set([...Object.keys(counts), ...(chosen === null ? [] : [chosen])]);
  return [...found].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function makeGroup(parent, facet) {
  const title = make("span", "quiet", facet.label);
  title.id = `facet-${facet.name}`;
  const list = make("ul", "chips");
  list.setAttribute("aria-labelledby", title.id);
  const group = make("div", "facet", title, list);
  group.hidden = true;
  parent.append(group);
  return { group, chips: new Keyed(list, makeChip, updateChip) };
}

function makeChip({ value }) {
  const chip = link("", "#", { className: `chip ${value}` });
  chip.append(make("span", "value", value.includes("-") ? value : value.toLowerCase().replaceAll("_", " ")), " ", make("span", "amount"));
  return make("li", "", chip);
}

function updateChip(item, { amount, href, isChosen }) {
  const [chip] = item.children;
  say(chip.lastElementChild, count(amount));
  attribute(chip, "href", href);
  attribute(chip, "aria-current", isChosen ? "true" : null);
}
