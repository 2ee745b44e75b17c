// Values of properties as readable text.

import { make } from "../shared/dom.js";

const LONGEST = 2000; // characters of a value that are shown without a click
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/;

// A list of names and values; null without values.
export function properties(values) {
  const names = Object.keys(values).filter((name) => values[name] !== null && values[name] !== "");
  const list = make("dl", "properties");
  for (const name of names.sort()) list.append(make("dt", "", name), make("dd", "", value(values[name])));
  return names.length ? list : null;
}

export function value(given) {
  if (typeof given === "string") return text(given);
  if (given !== null && typeof given === "object" && !Array.isArray(given)) return properties(given) ?? make("span", "quiet", "empty");
  if (Array.isArray(given) && given.every((each) => typeof each !== "object")) return text(given.join("\n"));
  return text(JSON.stringify(given, null, 2));
}

// A long text is shortened, with the whole text on demand.
function text(given) {
  if (TIME.test(given)) return time(given);
  if (given.length <= LONGEST) return make("bdi", "value", given);
  const rest = make("details", "", make("summary", "", "Show all"), make("bdi", "value", given));
  return make("div", "", make("bdi", "value", `${given.slice(0, LONGEST)} …`), rest);
}

function time(given) {
  const node = make("time", "value", new Date(given).toLocaleString());
  node.dateTime = given;
  return node;
}
