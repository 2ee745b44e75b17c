// The newest records of the audit log.

import { get, native } from "../shared/api.js";
import { element, make } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";

const RECORDS = 50;

const SEVERE = new Set(["Error", "Exception", "Action", "Security"]);

export function mount({ main, route, signal, title }) {
  title("Audit log");
  main.append(element("page-log").content.cloneNode(true));
  const rows = new Keyed(element("log"), makeRow);
  follow({
    signal,
    load: (loading) => get(native(route.server, "audit-log", { newestFirst: true, limit: RECORDS }), loading),
    show: ({ records }) => rows.show(records, (each) => each.number),
    failed: (error) => main.replaceChildren(problem(error)),
    concerns: { record: () => true },
  });
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
