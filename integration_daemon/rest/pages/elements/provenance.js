// The provenance of an element: its metadata source, the connectors that catalogue it, and the authors and times of changes.

import { address } from "../shared/addresses.js";
import { link, make } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

// `connectors` is a page of the connectors with the same metadata source; null if the caller may not see them.
export function provenance(server, element, connectors) {
  const list = make("dl", "properties");
  const add = (name, ...content) => list.append(make("dt", "", name), make("dd", "", ...content));
  add("Metadata source", ...source(server, element.metadataSource));
  if (connectors) add("Catalogued by", ...cataloguedBy(server, connectors));
  add("Created", ...change(element.createTime, element.createdBy));
  if (element.updateTime) add("Changed", ...change(element.updateTime, element.updatedBy));
  add("Version", count(element.version));
  add("GUID", make("code", "", element.guid));
  return list;
}

function source(server, name) {
  if (!name) return [make("span", "quiet", "The metadata server itself")];
  return [make("bdi", "", name), " ", link("All elements of this source", address(server, "elements", [], { source: name }))];
}

function cataloguedBy(server, { total, connectors }) {
  if (!total) return [make("span", "quiet", "No connector of this server")];
  const list = make("ul", "inline");
  for (const { connectorName, state } of connectors) {
    const to = link("", address(server, "connectors", [connectorName]));
    to.append(make("bdi", "", connectorName));
    list.append(make("li", "", to, " ", make("span", `state ${state}`, state.toLowerCase())));
  }
  if (total > connectors.length) list.append(make("li", "quiet", `and ${many(total - connectors.length, "other")} with the same metadata source`));
  return [list];
}

function change(time, user) {
  const node = timeNode();
  showTime(node, time);
  return [node, user ? make("span", "quiet", " by ", make("bdi", "", user)) : ""];
}
