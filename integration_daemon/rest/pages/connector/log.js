// The audit log records about a connector, the newest first, updated as they are written.

import { address } from "../shared/addresses.js";
import { get, native } from "../shared/api.js";
import { link, make } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";
import { classOfSeverity } from "../shared/severities.js";
import { showTime, timeNode } from "../shared/times.js";

const SHOWN = 12;

export function mountLog(parent, server, connector, signal) {
  const title = make("h2", "", "Its log");
  title.id = "log-title";
  const list = make("ol", "records");
  const empty = make("p", "quiet", "The server keeps no record about it in memory.");
  const problems = make("div");
  const all = link("All its records in the audit log", address(server, "audit-log", [], { connector }));
  const section = make("section", "own-log", title, problems, list, empty, all);
  section.setAttribute("aria-labelledby", title.id);
  parent.append(section);
  const rows = new Keyed(list, makeRecord);
  follow({
    signal,
    load: (loading) => get(native(server, "audit-log", { connector, newestFirst: true, limit: SHOWN }), loading),
    show: ({ records }) => {
      problems.replaceChildren();
      empty.hidden = records.length > 0;
      rows.show(records, (each) => each.number);
    },
    failed: (error) => error.status && problems.replaceChildren(problem(error)),
    concerns: { record: ({ record }) => record.messageText.includes(connector) || record.messageParameters?.includes(connector) },
  });
}

function makeRecord({ record }) {
  const severity = make("span", classOfSeverity(record.severity), record.severity);
  const time = timeNode();
  showTime(time, new Date(record.timeStamp).toISOString());
  const summary = make("summary", "", time, severity, make("bdi", "", record.messageText));
  const rest = [make("p", "", record.systemAction), make("p", "", record.userAction), make("p", "", record.messageId)];
  return make("li", "", make("details", "", summary, ...rest));
}
