// Requests to the daemon, and its clock.

const ORDER_PATIENCE = 30000; // the daemon itself waits up to 20 s for what it was asked to do
const LOOK_PATIENCE = 5000;

// A browser sends the cookie of the session to every port of the host; the key can be read by pages of this origin alone.
const KEY = "console-key";
if (location.hash.startsWith("#key=")) {
  localStorage.setItem(KEY, location.hash.slice("#key=".length));
  history.replaceState(null, "", location.pathname);
}

let ahead = 0; // milliseconds that the daemon's clock is ahead of ours

export const now = () => Date.now() + ahead;

async function ask(path, options) {
  const response = await fetch(path, { ...options, headers: { "X-Console-Key": localStorage.getItem(KEY) ?? "" } });
  const date = Date.parse(response.headers.get("Date"));
  if (Math.abs(date - now()) > 2000) ahead = date - Date.now(); // the header has whole seconds
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) throw new Error("Not logged in: open the link that 'integration-daemon console' prints.");
  if (!response.ok) throw new Error(answer.detail ?? answer.exceptionErrorMessage ?? `HTTP status ${response.status}`);
  return answer;
}

export function get(path, signal) {
  return ask(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_PATIENCE)]) });
}

export function post(path) {
  return ask(path, { method: "POST", signal: AbortSignal.timeout(ORDER_PATIENCE) });
}

// Whether the browser has logged in: it need not where callers are not authenticated.
export const isLoggedIn = () => localStorage.getItem(KEY) !== null;

export async function logOut() {
  await post("/api/v1/logout");
  localStorage.removeItem(KEY);
}

// A native URL of a server, with the parameters of the query that are not null.
export function native(server, path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null);
  const parameters = given.length ? `?${new URLSearchParams(given)}` : "";
  return `/api/v1/servers/${encodeURIComponent(server)}/${path}${parameters}`;
}

// What went wrong with a request, in words.
export function reason(error) {
  if (error.name === "TimeoutError") return "The daemon does not answer.";
  if (error instanceof TypeError) return "The daemon cannot be reached.";
  return error.message;
}
