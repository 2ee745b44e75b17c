// The pages about elements: the search, an element, and its lineage at an address of its own.

export function load([guid, part]) {
  if (guid === undefined) return import("./search.js");
  if (part === undefined) return import("./element.js");
  return part === "lineage" ? import("./lineage.js") : null;
}
