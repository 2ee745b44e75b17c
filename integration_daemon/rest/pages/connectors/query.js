// What the address of the list selects: the filter, the order, and the page.

import { address, withQuery } from "../shared/addresses.js";

export const PAGE = 100;

// The parameters that filter, with the words for a question about what they select.
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

  // The parameters that filter, as the daemon knows them too.
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

  // The filter in words; empty where there is none.
  get words() {
    return Object.entries(this.filter).map(([name, value]) => FILTERS[name](value)).join(", ");
  }

  // The address of the list with another filter or order, from its first page; null removes a parameter.
  with(changes) {
    return withQuery(this.route, { start: null, ...changes });
  }

  // The address of the page that begins with a connector; of the first without `start`.
  from(start) {
    return withQuery(this.route, { start: start || null });
  }

  // The address of all connectors, in the same order.
  get unfiltered() {
    return address(this.route.server, this.route.page, [], { sort: this.sort });
  }
}
