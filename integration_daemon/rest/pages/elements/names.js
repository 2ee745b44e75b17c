// The names and addresses of elements.

import { address } from "../shared/addresses.js";
import { link, make } from "../shared/dom.js";

// The name of an element: its display name, or else its qualified name.
export function nameOf({ displayName, qualifiedName = "" }) {
  return typeof displayName === "string" && displayName ? displayName : qualifiedName;
}

// A link to the page of an element.
export function elementLink(server, guid, name) {
  const to = link("", address(server, "elements", [guid]), { className: "name" });
  to.append(make("bdi", "", name));
  return to;
}

export const lineageAddress = (server, guid, query = {}) => address(server, "elements", [guid, "lineage"], query);

// The types whose elements have no lineage.
const WITHOUT_LINEAGE = /^(ExternalId|SoftwareCapability|Person|.*Identity|.*Role|Team|ContactDetails|Report|.*Report|Memento)$/;

export const canHaveLineage = (typeName) => !WITHOUT_LINEAGE.test(typeName);

// The name of a type as words: `RelationalTable` becomes "Relational table".
export function inWords(typeName) {
  const words = typeName.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return words.split(" ").map((each, index) => (index && !/^[A-Z]{2}/.test(each) ? each.toLowerCase() : each)).join(" ");
}
