// Showing things: as text, never as markup, and without touching what has not changed.

export const element = (id) => document.getElementById(id);

export function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function button(text, label, act) {
  const made = make("button", "", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function set(node, property, value) {
  if (node[property] !== value) node[property] = value;
}

export const count = (number) => number.toLocaleString("en");

export const many = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

export function ago(time, now) {
  if (!time) return "";
  const seconds = (now - Date.parse(time)) / 1000;
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([each]) => Math.abs(seconds) >= each) ?? [1, "s"];
  const amount = `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
  return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
}

export const clock = (time) => new Date(time).toLocaleString();

// The nodes of a list, each kept as long as its item is there: a selection, the focus and a click outlive an update.
export class Keyed {
  #nodes = new Map();

  constructor(parent, make, update) {
    this.parent = parent;
    this.make = make;
    this.update = update;
  }

  show(items, keyOf) {
    const wanted = new Map(items.map((item) => [keyOf(item), item]));
    const focused = document.activeElement;
    for (const [key, node] of this.#nodes) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
    let place = this.parent.tHead ?? null;
    for (const [key, item] of wanted) {
      const node = this.#nodes.get(key) ?? this.make(item);
      this.#nodes.set(key, node);
      this.update(node, item);
      this.#putAfter(place, node);
      place = node;
    }
    if (focused !== document.activeElement && this.parent.contains(focused)) focused.focus();
  }

  // Of two neighbours in the wrong order, the one that is in the way moves: the others stay untouched.
  #putAfter(place, node) {
    const there = place ? place.nextElementSibling : this.parent.firstElementChild;
    if (there === node) return;
    if (there && there.nextElementSibling === node) there.remove();
    else this.parent.insertBefore(node, there);
  }
}
