// The health of a connector: its condition and state, and the reasons why it is not healthy, in the words of the daemon.

import { make, say, set } from "./dom.js";
import { showTime, timeNode } from "./times.js";

const IN_WORDS = (word) => word[0] + word.slice(1).toLowerCase().replaceAll("_", " ");

const SAID_BY_FAILURE = new Set(["FAILED", "NO_RECENT_SUCCESS"]); // reasons that the failure explains in more detail

// A node for the condition and the state of a connector.
export function healthNode() {
  return make("div", "health", make("span", "condition"), make("span", "state detail"));
}

export function showHealth(node, { condition, state, failure, consecutiveFailures = 0 }) {
  const [shown, detail] = node.children;
  const isFailed = state === "FAILED";
  const word = isFailed ? "FAILED" : (condition ?? state ?? "UNKNOWN");
  say(shown, IN_WORDS(word));
  set(shown, "className", `condition ${word}`);
  const times = isFailed && consecutiveFailures > 1 ? `, ${consecutiveFailures} times` : "";
  say(detail, isFailed ? (condition ? IN_WORDS(condition) : "") : state ? IN_WORDS(state) + (failure ? times : "") : "");
}

// The reasons why a connector is not healthy, the gravest first: `{ key, title, since, text, action }`.
export function reasonsOf({ failure, lastFailure, findings = [] }) {
  const reasons = failure ? [reasonOfFailure(failure, lastFailure)] : [];
  for (const { reason, since, text = "", action } of findings) {
    if (failure && SAID_BY_FAILURE.has(reason)) continue;
    reasons.push({ key: reason, title: IN_WORDS(reason), since, text: text.charAt(0).toUpperCase() + text.slice(1), action });
  }
  return reasons;
}

function reasonOfFailure({ kind, method, message, userAction = "" }, since) {
  return { key: "failure", title: `${IN_WORDS(kind)} in ${method}`, since, text: message, action: userAction };
}

// A node for one reason.
export function reasonNode() {
  const head = make("p", "kind", make("span"), " ", timeNode());
  return make("div", "reason", head, make("bdi", "message"), make("p", "action"));
}

export function showReason(node, { title, since, text, action }) {
  const [head, message, remedy] = node.children;
  say(head.firstElementChild, title);
  showTime(head.lastElementChild, since ?? null);
  say(message, text);
  say(remedy, action);
}
