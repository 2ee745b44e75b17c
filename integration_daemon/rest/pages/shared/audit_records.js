// A table of audit log records. The message of each row can be opened, and shows the system action and the user action.

import { address } from "./addresses.js";
import { link, make } from "./dom.js";
import { classOfSeverity } from "./severities.js";

export function recordTable(body) {
  const heads = ["Time", "Severity", "Message"].map((text) => {
    const head = make("th", "", text);
    head.scope = "col";
    return head;
  });
  return make("table", "log", make("caption", "unseen", "Audit log records, the newest first"), make("thead", "", make("tr", "", ...heads)), body);
}

// `ofMessage(id)` is the address of the records with this message; `connector` is the connector of the page, if it has one.
export function recordRow({ number, record, connector: about }, server, ofMessage, connector = null) {
  const time = make("time", "", shownTime(record.timeStamp));
  time.dateTime = new Date(record.timeStamp).toISOString();
  const detail = make("div", "about detail");
  if (about && about !== connector) {
    const to = link("", address(server, "connectors", [about]));
    to.append(make("bdi", "", about));
    detail.append(to);
  }
  const details = make("details", "", make("summary", "", make("bdi", "", record.messageText)));
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(story(number, record, ofMessage)), { once: true });
  const row = make("tr", "", make("td", "when", time), make("td", classOfSeverity(record.severity), record.severity), make("td", "message", details, detail));
  row.dataset.number = number;
  return row;
}

function story(number, record, ofMessage) {
  const list = make("dl", "properties");
  const add = (name, ...content) => list.append(make("dt", "", name), make("dd", "", ...content));
  add("System action", record.systemAction);
  add("User action", record.userAction);
  add("Message", make("code", "", record.messageId), " ", link("All records of this message", ofMessage(record.messageId)));
  add("Time", new Date(record.timeStamp).toISOString());
  add("Reported by", record.originatorComponent.componentName);
  if (record.exceptionClassName) add("Exception", record.exceptionClassName, ": ", make("bdi", "", record.exceptionMessage ?? ""));
  if (record.exceptionStackTrace) add("Stack trace", make("pre", "", record.exceptionStackTrace));
  add("Record", `number ${number} since the server was started, GUID ${record.guid}`);
  return list;
}

const today = () => new Date().toDateString();

// The time of day, with the date if it is not today.
function shownTime(milliseconds) {
  const at = new Date(milliseconds);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return at.toDateString() === today() ? time : `${at.toLocaleDateString()} ${time}`;
}
