// Notices in place of content that cannot be shown.

import { make } from "./dom.js";

// The problem of a request, and the remedy.
export function problem(error) {
  const notice = make("div", "notice problem", make("p", "what", error.message));
  if (error.action) notice.append(make("p", "", error.action));
  notice.setAttribute("role", "alert");
  return notice;
}

// The same notice in place of a whole page.
export function problemPage(error) {
  return make("div", "page", make("h1", "unseen", "This page cannot be shown"), problem(error));
}
