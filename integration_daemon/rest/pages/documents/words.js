// The origin, the author, the time and the size of a version of a document, as text.

import { make } from "../shared/dom.js";
import { showTime, timeNode } from "../shared/times.js";

const HOW = {
  STARTED: "Server started with this document",
  START_REQUESTED: "Server started with this document over REST",
  REREAD: "Document read again by the server",
  SENT: "Document sent to the running server",
  CHANGED: "Document changed over REST",
  RESTORED: "Earlier version restored",
  ROLLED_BACK: "Rolled back automatically",
};

export const how = (version) => HOW[version.how] ?? version.how;

// The author: the authenticated caller, and the user that the request named, if different.
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

// The text of a document for display and editing.
export const asText = (document) => `${JSON.stringify(document, null, 2)}\n`;

// The largest document, in bytes, that a browser shows without a long wait.
export const MOST_BYTES = 2_000_000;

export const TOO_LARGE = { message: "The document is too large to be shown here.", action: "The commands “integration-daemon config show” and “integration-daemon config diff” show it, and “reload” applies a changed one." };
