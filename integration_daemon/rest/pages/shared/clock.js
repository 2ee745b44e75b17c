// The daemon's clock, by which times are shown: the clock of the browser's machine may be wrong.

let ahead = 0; // milliseconds

export const now = () => Date.now() + ahead;

// Sets the clock by the header `Date` of an answer, which has whole seconds.
export function noteDate(header) {
  const date = Date.parse(header);
  if (Math.abs(date - now()) > 2000) ahead = date - Date.now();
}
