// Fields of a form, whose values are the parameters of an address.

import { make } from "./dom.js";

let made = 0;

// A field with its label before it. `control` is a node of `input`, `select` or `textarea`.
export function labelled(text, control, className = "") {
  control.id ||= `field-${++made}`;
  const label = make("label", "", text);
  label.htmlFor = control.id;
  return make("div", `field ${className}`.trim(), label, control);
}

// An input for one line; `name` is the name of its parameter.
export function input(name, type = "text", attributes = {}) {
  const field = make("input");
  Object.assign(field, { name, type, autocomplete: "off", spellcheck: false, ...attributes });
  return field;
}

// A choice. `choices` are pairs of a value and its text.
export function choice(name, choices) {
  const field = make("select");
  field.name = name;
  field.append(...choices.map(([value, text]) => new Option(text, value)));
  return field;
}

// Add suggestions to an input, which accepts other texts as well.
export function suggest(field, values) {
  const list = make("datalist");
  list.id = `suggestions-${++made}`;
  list.append(...values.map((each) => new Option("", each)));
  field.setAttribute("list", list.id);
  field.after(list);
}

// The values of the named fields of a form; null for a field that is empty or not ticked.
export function valuesOf(form) {
  return Object.fromEntries(named(form).map((field) => [field.name, value(field)]));
}

// Fill a form from the parameters of an address.
export function fill(form, query) {
  for (const field of named(form)) {
    if (field.type === "checkbox") field.checked = query.get(field.name) === "true";
    else field.value = query.get(field.name) ?? field.dataset.default ?? "";
  }
}

const named = (form) => [...form.elements].filter((field) => field.name);

function value(field) {
  if (field.type === "checkbox") return field.checked ? "true" : null;
  const text = field.value.trim();
  return text === (field.dataset.default ?? "") ? null : text;
}
