// The problems of a document, each with a link to its line.

import { button, make } from "../shared/dom.js";
import { many } from "../shared/words.js";

const ORDER = ["error", "warning", "note"];

// `goTo(line)` shows a line of the editor.
export function problems(found, goTo) {
  if (!found.length) return [];
  const sorted = [...found].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const counts = ORDER.map((kind) => [kind, found.filter((each) => each.severity === kind).length]).filter(([, amount]) => amount);
  const heading = make("h2", "", counts.map(([kind, amount]) => many(amount, kind)).join(", "));
  return [heading, make("ul", "problems", ...sorted.map((each) => item(each, goTo)))];
}

function item({ severity, path, text, hint, line }, goTo) {
  const made = make("li", severity, make("span", "severity", severity), " ");
  if (line) made.append(button(`Line ${line}`, () => goTo(line), { label: `Go to line ${line}: ${path}`, className: "plain" }), " ");
  made.append(make("code", "path", path), " ", make("bdi", "", text));
  if (hint) made.append(make("span", "quiet", ` (${hint})`));
  return made;
}
