// The connectors of a server that the filter in the address selects, a page at a time, failed ones first.

import { get, native } from "../shared/api.js";
import { attribute, link, make, say } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { problem } from "../shared/notice.js";
import { operateOne } from "../shared/operations.js";
import { permissions } from "../shared/permissions.js";
import { count, many } from "../shared/words.js";
import { BulkBar } from "./bulk.js";
import { Facets } from "./facets.js";
import { ListQuery, PAGE } from "./query.js";
import { Rows } from "./rows.js";
import { Search } from "./search.js";
import { Selection } from "./selection.js";

const PACE = 3000; // milliseconds after which the times of refreshes are requested again

export async function mount({ main, route, signal, title }) {
  const { server } = route;
  const may = await permissions(server, signal);
  const mayOperate = may.ofConnectors.has("OPERATE");
  let query = new ListQuery(route);
  title("Connectors");

  const parts = makeParts(main);
  const search = new Search(parts.search, signal);
  const facets = new Facets(parts.facets);
  const selection = new Selection(() => bulk.show());
  const bulk = new BulkBar(parts.bulk, server, selection, () => query);
  const rows = new Rows(parts.table, server, selection, (operation, name) => operateOne(server, operation, name).then(again));
  parts.bulk.hidden = !mayOperate;

  const again = follow({ signal, load, show, failed, concerns: { status: () => true }, every: PACE });

  function load(loading) {
    return get(native(server, "connectors", query.request), loading);
  }

  function show(page) {
    const { connectors, total } = page;
    if (!connectors.length && total) return location.replace(query.from(Math.floor((total - 1) / PAGE) * PAGE));
    parts.problem.replaceChildren();
    attribute(parts.table, "aria-busy", null);
    search.show(query);
    facets.show(page.facets, query);
    rows.show(connectors, query, mayOperate);
    selection.show(connectors.map((each) => each.connectorName), total, query.words);
    bulk.show();
    showPaging(parts, query, connectors.length, total);
    say(parts.headline, headline(page, query));
    const failed = page.facets.state.FAILED ?? 0;
    title(failed ? `${count(failed)} failed` : "Connectors");
  }

  function failed(error) {
    if (error.status) parts.problem.replaceChildren(problem(error));
  }

  // Load another page, filter or order; until the answer arrives, the table is marked as out of date.
  function update(newRoute) {
    query = new ListQuery(newRoute);
    attribute(parts.table, "aria-busy", "true");
    selection.clear();
    search.show(query);
    return again();
  }

  return { update };
}

function makeParts(main) {
  const parts = {
    headline: make("p", "headline quiet"),
    problem: make("div"),
    search: make("form", "bar search"),
    facets: make("div", "facets"),
    bulk: make("div", "bar bulk"),
    table: make("table", "connectors"),
    range: make("span", "quiet"),
    previous: link("Previous", "#", { className: "button" }),
    next: link("Next", "#", { className: "button" }),
    empty: make("div", "notice", make("p", "what"), make("p")),
  };
  parts.range.setAttribute("role", "status");
  parts.table.setAttribute("aria-busy", "true");
  parts.table.setAttribute("aria-label", "Connectors");
  parts.empty.hidden = true;
  parts.paging = make("nav", "bar paging", parts.previous, parts.range, parts.next);
  parts.paging.setAttribute("aria-label", "Pages of connectors");
  const heading = make("div", "heading", make("h1", "", "Connectors"), parts.headline);
  main.append(heading, parts.problem, parts.search, parts.facets, parts.bulk, parts.table, parts.empty, parts.paging);
  return parts;
}

// The number of all connectors, or of those that match the filter.
function headline({ total, facets }, query) {
  if (query.isFiltered) return `${many(total, "connector")} ${total === 1 ? "matches" : "match"} the filter`;
  const [failed, healthy] = [facets.state.FAILED ?? 0, facets.condition.HEALTHY ?? 0];
  return `${count(total)} in total, ${count(healthy)} healthy, ${count(failed)} failed`;
}

function showPaging(parts, query, shown, total) {
  const { start } = query;
  say(parts.range, total ? `${count(start + 1)}-${count(start + shown)} of ${count(total)}` : "");
  showTurn(parts.previous, start > 0 ? query.from(Math.max(0, start - PAGE)) : null);
  showTurn(parts.next, start + shown < total ? query.from(start + PAGE) : null);
  parts.table.hidden = total === 0;
  parts.paging.hidden = total <= PAGE && start === 0;
  parts.empty.hidden = total > 0;
  const [what, action] = parts.empty.children;
  say(what, query.isFiltered ? "No connectors match the filter." : "This server has no connectors.");
  if (query.isFiltered) action.replaceChildren(link("Clear filter", query.unfiltered));
  else say(action, "Add connectors to its configuration document, and reload it. The command “integration-daemon connectors” lists the connector classes.");
}

// Set the target of a link; null disables the link.
function showTurn(node, href) {
  attribute(node, "href", href);
  attribute(node, "aria-disabled", href === null ? "true" : null);
}
