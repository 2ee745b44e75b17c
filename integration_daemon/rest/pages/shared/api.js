// Requests to the daemon. An answer that has not changed since the last request is the same object.

import { noteDate } from "./clock.js";
import { key } from "./session.js";

const OPERATION_PATIENCE = 30000; // the daemon itself waits up to 20 s for a requested operation
const READING_PATIENCE = 20000;
const KEPT = 50; // answers

const kept = new Map(); // path -> { etag, answer }, the oldest first

// A failed request, with the problem and the remedy (`action`). `status` is 0 without an answer; `id` is the identifier
// of the message.
export class RequestError extends Error {
  constructor(message, action = "", status = 0, id = "") {
    super(message);
    this.action = action;
    this.status = status;
    this.id = id;
  }
}

// The decoded answer to a GET. Raises `RequestError`, or the reason for which `signal` was aborted.
export async function get(path, signal) {
  const known = kept.get(path);
  const headers = known ? { "If-None-Match": known.etag } : {};
  const response = await request(path, { headers, signal }, READING_PATIENCE);
  if (response.status === 304) return known.answer;
  const answer = await decoded(response);
  const etag = response.headers.get("ETag");
  if (etag) keep(path, { etag, answer });
  return answer;
}

function keep(path, entry) {
  kept.delete(path);
  kept.set(path, entry);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
}

// The decoded answer to a POST. `body`, if given, is sent as JSON; the operation continues if the signal is aborted.
export async function post(path, body, signal) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return decoded(await request(path, { method: "POST", ...sent, signal }, OPERATION_PATIENCE));
}

// A response with status 2xx or 304, whose body has not been read. Raises `RequestError`.
export async function request(path, options, patience) {
  const signals = [options.signal, patience && AbortSignal.timeout(patience)].filter(Boolean);
  const headers = { ...options.headers, "X-Console-Key": key() };
  let response;
  try {
    response = await fetch(path, { ...options, headers, signal: AbortSignal.any(signals) });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unanswered(error);
  }
  noteDate(response.headers.get("Date"));
  if (!response.ok && response.status !== 304) throw await refusal(response);
  return response;
}

async function decoded(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unanswered(error);
  }
}

function unanswered(error) {
  if (error.name === "TimeoutError") return new RequestError("The daemon does not answer.", "It may be overloaded. Try again.");
  return new RequestError("The daemon cannot be reached.", "Check that it is running, and check the network.");
}

async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const message = problem.detail ?? problem.exceptionErrorMessage ?? `HTTP status ${response.status}`;
  return new RequestError(message, problem.userAction ?? problem.exceptionUserAction ?? "", response.status, problem.messageId);
}

// The path of a native route of a server, with the query parameters that are neither null nor empty.
export function native(server, path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const parameters = given.length ? `?${new URLSearchParams(given)}` : "";
  return `/api/v1/servers/${encodeURIComponent(server)}/${path}${parameters}`;
}

// The problem and the remedy of an error, as text.
export const explained = (error) => [error.message, error.action].filter(Boolean).join(" ");
