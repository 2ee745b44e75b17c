// The session of the browser. Browsers send the session's cookie to every port of the host; the session's key can be read
// by pages of this origin alone.

const KEY = "console-key";
const IN_THE_ADDRESS = "#key=";

// The log-in link redirects to an address that contains the key, which is removed from the history.
if (location.hash.startsWith(IN_THE_ADDRESS)) {
  localStorage.setItem(KEY, location.hash.slice(IN_THE_ADDRESS.length));
  history.replaceState(null, "", location.pathname);
}

export const key = () => localStorage.getItem(KEY) ?? "";

// True if the browser has logged in, which is not necessary if callers are not authenticated.
export const isLoggedIn = () => localStorage.getItem(KEY) !== null;

export const forget = () => localStorage.removeItem(KEY);

// Calls back when another tab of the browser logs in or out.
export function onChange(call) {
  addEventListener("storage", (event) => event.key === KEY && call());
}
