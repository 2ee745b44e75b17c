// The pages about elements: the search, one element, and the lineage of an element.

export function load([guid, part]) {
  if (guid === undefined) return import("./search.js");
  if (part === undefined) return import("./element.js");
  return part === "lineage" ? import("./lineage.js") : null;
}
