// Questions before an action.

import { button, make } from "./dom.js";

// Resolves to true if the user confirms the action. `detail` is a text or a node.
export function confirmed(question, detail, yes, { isDangerous = false } = {}) {
  const dialog = make("dialog");
  const title = make("h2", "", question);
  title.id = "dialog-question";
  const body = typeof detail === "string" ? make("p", "", detail) : detail;
  body.id = "dialog-detail";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.setAttribute("aria-describedby", body.id);
  const cancel = button("Cancel", () => dialog.close(""));
  cancel.autofocus = true;
  const choices = make("p", "choices", cancel, button(yes, () => dialog.close("yes"), { className: isDangerous ? "danger" : "primary" }));
  dialog.append(title, body, choices);
  document.body.append(dialog);
  dialog.showModal();
  const leave = () => dialog.close("");
  addEventListener("hashchange", leave); // the question belongs to the page that is left
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
