// Makes and changes nodes. Content is always text, never markup, and unchanged nodes are not touched.

export const element = (id) => document.getElementById(id);

// A node with a class, and with text or nodes as its content.
export function make(tag, className = "", ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((each) => each !== "" && each !== null));
  return made;
}

// A button; `label` is its accessible name where the text alone is ambiguous.
export function button(text, act, { label = "", className = "" } = {}) {
  const made = make("button", className, text);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

export function link(text, href, { label = "", className = "" } = {}) {
  const made = make("a", className, text);
  made.href = href;
  if (label) made.setAttribute("aria-label", label);
  return made;
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function set(node, property, value) {
  if (node[property] !== value) node[property] = value;
}

// Set an attribute; null removes it.
export function attribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
