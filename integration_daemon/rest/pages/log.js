// The newest records of the audit log.

import { Keyed, element, make } from "./show.js";

const SEVERE = new Set(["Error", "Exception", "Action", "Security"]);

export class Log {
  #rows = new Keyed(element("log"), makeRow, () => {});

  show(records) {
    this.#rows.show(records, (each) => each.number);
  }
}

function makeRow({ record }) {
  const time = make("td", "when", new Date(record.timeStamp).toLocaleTimeString());
  time.title = new Date(record.timeStamp).toLocaleString();
  const summary = make("summary");
  summary.append(make("span", "quiet", record.messageId), " ", make("bdi", "", record.messageText));
  const details = make("details");
  details.append(summary, make("p", "", record.systemAction), make("p", "", record.userAction));
  const message = make("td");
  message.append(details);
  const row = make("tr");
  row.append(time, make("td", SEVERE.has(record.severity) ? "severe" : "quiet", record.severity), message);
  return row;
}
