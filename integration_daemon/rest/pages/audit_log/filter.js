// The filter of the audit log, whose values are in the address.

import { button, make } from "../shared/dom.js";
import { choice, fill, input, labelled, valuesOf } from "../shared/form.js";

const SEVERITIES = ["Action", "Error", "Exception", "Security", "Startup", "Shutdown", "Information", "Event", "Decision", "Asset", "Types", "Cohort", "Activity", "Trace", "PerfMon"];
const PROBLEMS = "Action,Error,Exception,Security";

export class LogFilter {
  // `changed(values)` is called with the values of the form; null stands for an empty field.
  constructor(changed) {
    const form = (this.form = make("form", "filter"));
    form.setAttribute("role", "search");
    form.setAttribute("aria-label", "Filter of the audit log");
    const none = () => Object.fromEntries(Object.keys(valuesOf(form)).map((name) => [name, null]));
    this.clear = button("Clear filter", () => changed(none()));
    form.append(
      labelled("Text", input("text", "search", { placeholder: "Part of a message" }), "wide"),
      labelled("Severity", choice("severity", [["", "All severities"], [PROBLEMS, "Problems"], ...SEVERITIES.map((each) => [each, each])])),
      labelled("Message", input("messageId", "search", { placeholder: "OMAG-ADMIN-0001" }), "wide"),
      labelled("Connector", input("connector", "search", { placeholder: "Any" }), "wide"),
      labelled("Since", input("since", "datetime-local"), "wide"),
      labelled("Until", input("until", "datetime-local"), "wide"),
    );
    form.addEventListener("change", () => changed(valuesOf(form)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      changed(valuesOf(form));
    });
  }

  // Fill the form from the address.
  read(query) {
    fill(this.form, query);
    this.clear.hidden = query.size === 0;
  }

  // The parameters of the query; the form has times in the user's time zone.
  get query() {
    const values = valuesOf(this.form);
    for (const name of ["since", "until"]) values[name] = values[name] && new Date(values[name]).toISOString();
    return values;
  }

  // True if no new record can match.
  get isOver() {
    const { until } = this.query;
    return until !== null && Date.parse(until) <= Date.now();
  }
}
