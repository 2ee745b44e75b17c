// The nodes of a list. Each node is kept as long as its item, so that selection, focus and clicks survive an update.

export class Keyed {
  #nodes = new Map();

  // `make(item)` makes a node, and `update(node, item)` updates it, touching only changed parts.
  constructor(parent, make, update = () => {}) {
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

  // Of two neighbours in the wrong order, only the node that is in the way is moved.
  #putAfter(place, node) {
    const there = place ? place.nextElementSibling : this.parent.firstElementChild;
    if (there === node) return;
    if (there && there.nextElementSibling === node) there.remove();
    else this.parent.insertBefore(node, there);
  }
}
