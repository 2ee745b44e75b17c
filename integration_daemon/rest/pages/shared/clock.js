// The daemon's clock, which times are shown by: that of the browser's machine may be wrong.

let ahead = 0; // milliseconds

export const now = () => Date.now() + ahead;

// Takes note of the header `Date` of an answer, which has whole seconds.
export function noteDate(header) {
  const date = Date.parse(header);
  if (Math.abs(date - now()) > 2000) ahead = date - Date.now();
}
