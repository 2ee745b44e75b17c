// The connectors of a server, a page of them at a time, failed ones first.

import { get, native } from "../shared/api.js";
import { element, say } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { problem } from "../shared/notice.js";
import { count } from "../shared/words.js";
import { Connectors } from "./connectors.js";
import { Filter } from "./filter.js";
import { orderMany, orderOne } from "./orders.js";

const PAGE = 200;

export function mount({ main, route, signal, title }) {
  const { server } = route;
  title("Connectors");
  main.append(element("page-connectors").content.cloneNode(true));
  let start = 0;
  let total = 0;
  const filter = new Filter(() => goTo(0));
  const connectors = new Connectors((what, name) => orderOne(server, what, name, again));
  const again = follow({
    signal,
    load: (loading) => get(native(server, "connectors", { ...filter.query, failedFirst: true, startFrom: start, limit: PAGE }), loading),
    show,
    failed: (error) => error.status && main.replaceChildren(problem(error)),
    concerns: { status: () => true },
    every: 3000,
  });

  function show(page) {
    total = page.total;
    if (!page.connectors.length && total) return goTo(Math.floor((total - 1) / PAGE) * PAGE);
    filter.show(page.counts, page.services);
    connectors.show(page.connectors);
    element("table").setAttribute("aria-busy", "false");
    const none = filter.isEmpty ? "There are no connectors." : "No connector matches the filter.";
    say(element("range"), total ? `${count(start + 1)}-${count(start + page.connectors.length)} of ${count(total)}` : none);
    element("previous").disabled = start === 0;
    element("next").disabled = start + page.connectors.length >= total;
    for (const [id, word] of [["refresh-all", "Refresh"], ["restart-all", "Restart"]]) {
      say(element(id), `${word} all ${count(total)}`);
      element(id).disabled = total === 0;
    }
    const failed = page.counts.FAILED ?? 0;
    title(failed ? `${count(failed)} failed` : "Connectors");
  }

  // Another page, or another filter: what is shown until the answer comes is marked as out of date.
  function goTo(from) {
    start = Math.max(0, from);
    element("table").setAttribute("aria-busy", "true");
    for (const id of ["refresh-all", "restart-all", "previous", "next"]) element(id).disabled = true;
    say(element("range"), "Loading …");
    again();
  }

  for (const what of ["refresh", "restart"]) {
    element(`${what}-all`).addEventListener("click", () => orderMany(server, what, filter, total, again));
  }
  element("previous").addEventListener("click", () => goTo(start - PAGE));
  element("next").addEventListener("click", () => goTo(start + PAGE));
}
