// The reasons why a connector is not healthy, with the remedies, at the top of its page.

import { address } from "../shared/addresses.js";
import { reasonNode, reasonsOf, showReason } from "../shared/condition.js";
import { link, make } from "../shared/dom.js";
import { Keyed } from "../shared/keyed.js";

export class Reasons {
  #section = make("section", "reasons", make("h2", "", "Problems and remedies"));
  #reasons;

  constructor(parent, server, connector) {
    this.#section.setAttribute("aria-label", "Problems and remedies");
    const list = make("div");
    this.#section.append(list);
    this.#section.hidden = true;
    parent.append(this.#section);
    const held = () => link("Decide on the deletions", address(server, "deletions", [], { connector }), { className: "button" });
    this.#reasons = new Keyed(list, ({ key }) => {
      const node = reasonNode();
      if (key === "HELD_DELETIONS") node.append(held());
      return node;
    }, showReason);
  }

  show(connector) {
    const reasons = reasonsOf(connector);
    if (connector.isTargetsAlone) reasons.push({ key: "targets", title: "Catalog targets", text: connector.reason, action: "" });
    this.#section.hidden = reasons.length === 0;
    this.#section.classList.toggle("mild", connector.state !== "FAILED" && connector.condition !== "STALE");
    this.#reasons.show(reasons, (each) => each.key);
  }
}
