// How a version of a document came about, in words.

import { make } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";

const HOW = {
  STARTED: "The server was started with it",
  START_REQUESTED: "The server was started with it over REST",
  REREAD: "The server's own document was read again",
  SENT: "It was sent to the running server",
  CHANGED: "A connector was changed over REST",
  RESTORED: "An earlier version was restored",
  ROLLED_BACK: "Rolled back by itself",
};

export const how = (version) => HOW[version.how] ?? version.how;

// Who made it: the authenticated caller, and the user that the request named where that is another.
export function who({ caller, user }) {
  if (!caller && !user) return "";
  return caller && user && caller !== user ? `${user}, as ${caller}` : (user ?? caller);
}

export function time(version) {
  const node = timeNode();
  showTime(node, version.time);
  return node;
}

// A version in one line.
export function summary(version) {
  const by = who(version);
  return make("span", "quiet", `${how(version)}${by ? ` by ${by}` : ""}${version.detail ? `: ${version.detail}` : ""}, `, time(version));
}

const UNITS = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];

export function size(bytes) {
  const [unit, name] = UNITS.find(([each]) => bytes >= each) ?? [1, "bytes"];
  return `${unit === 1 ? bytes : (bytes / unit).toFixed(bytes < 10 * unit ? 1 : 0)} ${name}`;
}

// A document as text, as it is shown and edited.
export const asText = (document) => `${JSON.stringify(document, null, 2)}\n`;

// Documents that are larger cannot be shown in a browser without making people wait.
export const MOST_BYTES = 2_000_000;

export const TOO_LARGE = { message: "The document is too large to be shown here.", action: "The commands “integration-daemon config show” and “integration-daemon config diff” show it, and “reload” applies a changed one." };
