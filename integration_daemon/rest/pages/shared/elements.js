// A page of elements. A store may answer with a short page before the end, and in a large catalogue with an empty one.

import { get, native } from "./api.js";

const MOST_REQUESTS = 5; // for a page: a store examines a limited number of elements for each request

// Returns the `elements`, at most `size`; the `cursor` of the next page, null at the end; and `indexedTo`, the last change
// in the full-text index if the index is behind.
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
