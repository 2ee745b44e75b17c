// The query in the address of the list: the filter, the order and the page.

import { address, withQuery } from "../shared/addresses.js";

export const PAGE = 100;

// The filter parameters, with their descriptions in questions.
const FILTERS = {
  text: (text) => `“${text}” in the name`,
  condition: (condition) => `condition ${condition}`,
  state: (state) => `state ${state}`,
  failureKind: (kind) => `failure ${kind}`,
  service: (service) => `service ${service}`,
  group: (group) => `group ${group}`,
  label: (label) => `label ${label}`,
};

export class ListQuery {
  constructor(route) {
    this.route = route;
    this.sort = route.query.get("sort");
    this.start = Math.max(0, Number.parseInt(route.query.get("start") ?? "0", 10) || 0);
  }

  // The filter parameters, which are also parameters of the daemon's route.
  get filter() {
    const given = Object.keys(FILTERS).map((name) => [name, this.route.query.get(name)]);
    return Object.fromEntries(given.filter(([, value]) => value));
  }

  // The parameters of the request for the page.
  get request() {
    const order = this.sort ? { sort: this.sort } : { failedFirst: true };
    return { ...this.filter, ...order, startFrom: this.start, limit: PAGE };
  }

  get isFiltered() {
    return Object.keys(this.filter).length > 0;
  }

  // The filter as text; empty without a filter.
  get words() {
    return Object.entries(this.filter).map(([name, value]) => FILTERS[name](value)).join(", ");
  }

  // The address of the list with another filter or order, from its first page; null removes a parameter.
  with(changes) {
    return withQuery(this.route, { start: null, ...changes });
  }

  // The address of the page that begins at `start`; without it, of the first page.
  from(start) {
    return withQuery(this.route, { start: start || null });
  }

  // The address of all connectors, in the same order.
  get unfiltered() {
    return address(this.route.server, this.route.page, [], { sort: this.sort });
  }
}
