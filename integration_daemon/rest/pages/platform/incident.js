// One open incident: the problem that some connectors share, its cause, its beginning and the remedy.

import { address } from "../shared/addresses.js";
import { link, make, say } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

export function makeIncident({ server }) {
  const about = make("p", "quiet", link("", address(server, "connectors")), " ", make("span"), " ", timeNode());
  about.firstElementChild.append(make("bdi", "", server));
  return make("li", "incident", make("h3", "", make("bdi")), about, make("p", "found"), make("p", "do"), make("p", "names"));
}

export function updateIncident(item, incident) {
  const [title, about, found, action, names] = item.children;
  say(title.firstElementChild, incident.title);
  say(about.children[1], `${many(incident.connectors, "connector")} ${incident.condition.toLowerCase()}, since`);
  showTime(about.lastElementChild, incident.since);
  say(found, incident.text);
  say(action, incident.action);
  const told = incident.names.join("\n") + incident.connectors;
  if (names.dataset.told === told) return;
  names.dataset.told = told;
  const links = incident.names.flatMap((name) => [connector(incident.server, name), " "]);
  const more = incident.connectors - incident.names.length;
  names.replaceChildren(...links, more > 0 ? link(`and ${count(more)} more`, address(incident.server, "connectors", [], { condition: incident.condition })) : "");
}

function connector(server, name) {
  const to = link("", address(server, "connectors", [name]), { className: "chip" });
  to.append(make("bdi", "", name));
  return to;
}
