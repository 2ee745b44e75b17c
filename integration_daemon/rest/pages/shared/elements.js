// A page of elements. A store may answer with less than a page before its end, in a large catalogue even with none.

import { get, native } from "./api.js";

const MOST_REQUESTS = 5; // for a page: a store looks at a bounded number of elements in each

// Returns the `elements`, at most `size`, the `cursor` of the next page, null at the end, and how far words are indexed.
export async function elementsOf(server, { cursor = null, ...wanted }, size, signal) {
  let elements = [];
  let indexedTo = null;
  for (let asked = 0; asked < MOST_REQUESTS; asked++) {
    const limit = size - elements.length;
    const page = await get(native(server, "elements", { ...wanted, cursor, limit }), signal);
    elements = [...elements, ...page.elements];
    cursor = page.cursor ?? null;
    indexedTo = page.indexedTo ?? indexedTo;
    if (cursor === null || elements.length >= size) break;
  }
  return { elements, cursor, indexedTo };
}
