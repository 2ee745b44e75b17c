// One held removal: its elements, the reason and the time since when it is held, and the choices.

import { address } from "../shared/addresses.js";
import { button, link, make, say, set } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";
import { count, many } from "../shared/words.js";

const HELD = "INTEGRATION-DAEMON-SERVICES-008"; // the messages of removals: held, approved, rejected

// `decide(what, held)` approves or rejects the removal; null for a user without permission.
export function makeRemoval(server, held, decide) {
  const name = link("", address(server, "connectors", [held.connector]), { className: "name" });
  name.append(make("bdi", "", held.connector));
  const time = make("span", "quiet", "held ", timeNode());
  const why = make("p", "why");
  const names = make("ul", "gone");
  names.tabIndex = 0; // the list can be scrolled
  names.setAttribute("aria-label", "Elements to remove");
  const details = make("details", "", make("summary"), names);
  details.open = true;
  const bar = make("div", "bar", ...choices(held, decide), link("History", address(server, "audit-log", [], { connector: held.connector, text: HELD }), { label: `History of the deletions of ${held.connector}` }));
  const item = make("li", "removal", make("h2", "", name), time, why, details, bar);
  item.held = held;
  return item;

  function choices(first, act) {
    if (!act) return [];
    return [["approve", "Approve"], ["reject", "Reject"]].map(([what, word]) =>
      button(word, () => act(what, item.held), { label: `${word} the deletions of ${first.connector} in ${first.scope}` }));
  }
}

export function updateRemoval(item, held) {
  const [, time, why, details, bar] = item.children;
  const isChanged = item.held.sample.join("\n") !== held.sample.join("\n") || !details.lastElementChild.childElementCount;
  item.held = held;
  item.classList.toggle("rejected", held.rejected);
  showTime(time.lastElementChild, held.since);
  say(why, reason(held));
  say(details.firstElementChild, held.count > held.sample.length ? `The first ${held.sample.length} of ${many(held.count, "element")} to remove` : `${many(held.count, "element")} to remove`);
  if (isChanged) details.lastElementChild.replaceChildren(...names(held));
  const reject = bar.querySelectorAll("button")[1];
  if (!reject) return;
  set(reject, "disabled", held.rejected);
  say(reject, held.rejected ? "Rejected" : "Reject");
}

function reason({ scope, count: gone, known, rejected }) {
  const share = Math.round((100 * gone) / known);
  const limits = "more than may be removed without approval";
  const kept = rejected ? " Rejected: the elements stay, and are held again only if more of them are missing." : "";
  return `${count(gone)} of the ${many(known, "element")} (${share} %) in ${scope} were not found: ${limits}.${kept}`;
}

// The names of the elements, relative to the scope.
function names({ scope, sample }) {
  return sample.map((place) => make("li", "", make("bdi", "", place.startsWith(scope) && place !== scope ? place.slice(scope.length) : place)));
}
