// The audit log records about a connector, the newest first, updated as they are written.

import { address } from "../shared/addresses.js";
import { get, native } from "../shared/api.js";
import { recordRow, recordTable } from "../shared/audit_records.js";
import { link, make } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { Keyed } from "../shared/keyed.js";
import { problem } from "../shared/notice.js";

const SHOWN = 12;

export function mountLog(parent, server, connector, signal) {
  const title = make("h2", "", "Audit log");
  title.id = "log-title";
  const body = make("tbody");
  const table = recordTable(body);
  const empty = make("p", "quiet", "The server has no records of this connector in memory.");
  const problems = make("div");
  const all = link("All records of this connector", address(server, "audit-log", [], { connector }));
  const section = make("section", "own-log", title, problems, table, empty, all);
  section.setAttribute("aria-labelledby", title.id);
  parent.append(section);
  const ofMessage = (messageId) => address(server, "audit-log", [], { connector, messageId });
  const rows = new Keyed(body, (entry) => recordRow(entry, server, ofMessage, connector));
  follow({
    signal,
    load: (loading) => get(native(server, "audit-log", { connector, newestFirst: true, limit: SHOWN }), loading),
    show: ({ records }) => {
      problems.replaceChildren();
      empty.hidden = records.length > 0;
      table.hidden = !empty.hidden;
      rows.show(records, (each) => each.number);
    },
    failed: (error) => error.status && problems.replaceChildren(problem(error)),
    concerns: { record: ({ record }) => record.messageText.includes(connector) || record.messageParameters?.includes(connector) },
  });
}
