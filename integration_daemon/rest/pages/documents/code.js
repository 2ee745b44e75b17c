// A text with line numbers, in a region that can be scrolled by keyboard.

import { make } from "../shared/dom.js";

export function numbered(text, label) {
  const lines = text.replace(/\n$/, "").split("\n");
  const numbers = make("pre", "numbers", lines.map((_, index) => index + 1).join("\n"));
  numbers.setAttribute("aria-hidden", "true");
  const code = make("div", "code", numbers, make("pre", "text", lines.join("\n")));
  code.tabIndex = 0;
  code.setAttribute("role", "region");
  code.setAttribute("aria-label", label);
  return code;
}
