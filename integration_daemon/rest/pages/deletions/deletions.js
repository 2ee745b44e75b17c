// Removals that wait for an operator's decision, with their elements and reasons, to approve or reject singly or together.

import { withQuery } from "../shared/addresses.js";
import { get, native } from "../shared/api.js";
import { button, link, make, say } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { permissions } from "../shared/permissions.js";
import { count, many } from "../shared/words.js";
import { decide, decideAll } from "./decisions.js";
import { makeRemoval, updateRemoval } from "./removal.js";

const PAGE = 20; // connectors

export async function mount({ main, route, signal, title }) {
  title("Deletions");
  const { ofConnectors } = await permissions(route.server, signal);
  if (signal.aborted) return null;
  const mayDecide = ofConnectors.has("OPERATE");
  const deletions = new Deletions(route, mayDecide, () => again());
  main.append(deletions.node);
  const again = follow({
    signal,
    load: (loading) => get(native(deletions.route.server, "deletions", { startFrom: deletions.from, limit: PAGE }), loading),
    show(answer) {
      title(answer.total ? `${many(answer.total, "connector")} with held deletions` : "Deletions");
      deletions.show(answer);
    },
    failed: (error) => deletions.failed(error),
    concerns: { status: () => true },
    every: 5000,
  });
  return {
    update(next) {
      deletions.route = next;
      again();
    },
  };
}

class Deletions {
  #told = make("p", "quiet");
  #list = make("ul", "removals");
  #cards;
  #all;
  #pager = make("nav", "bar pager");

  constructor(route, mayDecide, again) {
    this.route = route;
    this.#told.setAttribute("role", "status");
    this.#pager.setAttribute("aria-label", "Pages of connectors");
    const one = (what, held) => decide(this.route.server, what, held, again);
    this.#cards = new Keyed(this.#list, (held) => makeRemoval(route.server, held, mayDecide ? one : null), updateRemoval);
    const choices = [["approve", "Approve all"], ["reject", "Reject all"]];
    this.#all = make("div", "bar", ...choices.map(([what, text]) => button(text, () => decideAll(this.route.server, what, again))));
    this.#all.hidden = true;
    this.mayDecide = mayDecide;
    const heading = make("h1", "", "Held deletions");
    heading.id = "deletions-title";
    this.node = make("section", "", heading, this.#told, this.#all, this.#list, this.#pager);
    this.node.setAttribute("aria-labelledby", heading.id);
  }

  get from() {
    return Number(this.route.query.get("from") ?? 0);
  }

  show({ total, deletions }) {
    const held = deletions.flatMap((each) => each.held.map((one) => ({ connector: each.connectorName, ...one })));
    this.#cards.show(held, (each) => `${each.connector}\n${each.scope}`);
    say(this.#told, told(total));
    this.#all.hidden = !this.mayDecide || !held.some((each) => !each.rejected);
    const links = [];
    if (this.from > 0) links.push(link("Previous", withQuery(this.route, { from: Math.max(0, this.from - PAGE) || null }), { className: "button" }));
    if (total > PAGE) links.push(make("span", "quiet", `${count(this.from + 1)}-${count(this.from + deletions.length)} of ${many(total, "connector")}`));
    if (this.from + deletions.length < total) links.push(link("Next", withQuery(this.route, { from: this.from + PAGE }), { className: "button" }));
    this.#pager.replaceChildren(...links);
  }

  failed(error) {
    this.#told.replaceChildren(problem(error));
  }
}

function told(total) {
  if (!total) return "No held deletions. This page lists the connectors that no longer find many of their elements. The elements stay in the catalogue until you decide.";
  const connectors = total === 1 ? "1 connector no longer finds many of its elements" : `${count(total)} connectors no longer find many of their elements`;
  return `${connectors}. A faulty scan looks like a mass deletion, so the elements stay in the catalogue until you decide.`;
}
