// The catalog targets of a connector, or the connector of a catalog target.

import { address } from "../shared/addresses.js";
import { healthNode, showHealth } from "../shared/condition.js";
import { link, make } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";

const SEPARATOR = "::";
const SHOWN = 50;

export class Targets {
  #section = make("section", "targets");
  #list = make("ul");
  #rows;
  #more;

  constructor(parent, server, name) {
    this.prefix = name + SEPARATOR;
    this.query = { text: this.prefix, limit: SHOWN, failedFirst: true };
    const title = make("h2", "", "Catalog targets");
    title.id = "targets-title";
    this.#section.setAttribute("aria-labelledby", title.id);
    this.#more = link("All catalog targets", address(server, "connectors", [], { text: this.prefix }));
    this.#section.append(title, this.#list, this.#more);
    this.#section.hidden = true;
    const of = name.includes(SEPARATOR) ? name.slice(0, name.lastIndexOf(SEPARATOR)) : null;
    if (of) parent.append(make("p", "target-of", "A catalog target of ", link(of, address(server, "connectors", [of]))));
    parent.append(this.#section);
    this.#rows = new Keyed(
      this.#list,
      ({ connectorName }) => make("li", "", link(connectorName.slice(this.prefix.length), address(server, "connectors", [connectorName])), healthNode()),
      (row, target) => showHealth(row.lastElementChild, target),
    );
  }

  show(connectors) {
    const targets = connectors.filter((each) => each.connectorName.startsWith(this.prefix));
    this.#section.hidden = targets.length === 0;
    this.#rows.show(targets, (each) => each.connectorName);
  }
}
