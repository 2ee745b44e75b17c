// The session of the browser. It sends the session's cookie to every port of the host; the key beside it can be read by
// pages of this origin alone.

const KEY = "console-key";
const IN_THE_ADDRESS = "#key=";

// The link that logs in leads to an address with the key in it, which does not stay in the history.
if (location.hash.startsWith(IN_THE_ADDRESS)) {
  localStorage.setItem(KEY, location.hash.slice(IN_THE_ADDRESS.length));
  history.replaceState(null, "", location.pathname);
}

export const key = () => localStorage.getItem(KEY) ?? "";

// Whether the browser has logged in: it need not where callers are not authenticated.
export const isLoggedIn = () => localStorage.getItem(KEY) !== null;

export const forget = () => localStorage.removeItem(KEY);

// Calls back when another tab of the browser logs in or out.
export function onChange(call) {
  addEventListener("storage", (event) => event.key === KEY && call());
}
