// The rows of the audit log, the newest first. Their number is limited: a page of 100,000 rows is slow.

import { address } from "../shared/addresses.js";
import { link, make } from "../shared/dom.js";
import { classOfSeverity } from "../shared/severities.js";

const MOST = 500; // rows

export class Records {
  #body = make("tbody");
  #server;
  #ofMessage;

  // `ofMessage(id)` is the address of the records with this message.
  constructor(server, ofMessage) {
    this.#server = server;
    this.#ofMessage = ofMessage;
    const heads = ["Time", "Severity", "Message"].map((text) => {
      const head = make("th", "", text);
      head.scope = "col";
      return head;
    });
    this.table = make("table", "log", make("caption", "unseen", "Audit log records, the newest first"), make("thead", "", make("tr", "", ...heads)), this.#body);
  }

  changeTo(server) {
    this.#server = server;
  }

  get length() {
    return this.#body.rows.length;
  }

  // The number of the newest record that is shown; `oldest` is that of the oldest.
  get newest() {
    return Number(this.#body.firstElementChild?.dataset.number ?? 0);
  }

  get oldest() {
    return Number(this.#body.lastElementChild?.dataset.number ?? 0);
  }

  replace(records) {
    this.#body.replaceChildren(...records.map((each) => this.#row(each)));
  }

  // Add new records at the top, without moving the rows in view.
  prepend(records) {
    const before = scrollY > this.table.offsetTop ? document.documentElement.scrollHeight : null;
    this.#body.prepend(...records.map((each) => this.#row(each)));
    while (this.length > MOST) this.#body.lastElementChild.remove();
    if (before !== null) scrollBy(0, document.documentElement.scrollHeight - before);
  }

  // Add older records at the bottom. Returns true if the newest were removed to make room.
  append(records) {
    this.#body.append(...records.map((each) => this.#row(each)));
    const isCut = this.length > MOST;
    while (this.length > MOST) this.#body.firstElementChild.remove();
    return isCut;
  }

  #row({ number, record, connector }) {
    const time = make("time", "", shownTime(record.timeStamp));
    time.dateTime = new Date(record.timeStamp).toISOString();
    const about = make("div", "about detail");
    if (connector) {
      const to = link("", address(this.#server, "connectors", [connector]));
      to.append(make("bdi", "", connector));
      about.append(to);
    }
    const details = make("details", "", make("summary", "", make("bdi", "", record.messageText)));
    details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(this.#story(number, record)), { once: true });
    const row = make("tr", "", make("td", "when", time), make("td", classOfSeverity(record.severity), record.severity), make("td", "message", details, about));
    row.dataset.number = number;
    return row;
  }

  #story(number, record) {
    const list = make("dl", "properties");
    const add = (name, ...content) => list.append(make("dt", "", name), make("dd", "", ...content));
    add("What the system did", record.systemAction);
    add("What you can do", record.userAction);
    add("Message", make("code", "", record.messageId), " ", link("All records of it", this.#ofMessage(record.messageId)));
    add("Time", new Date(record.timeStamp).toISOString());
    add("Reported by", record.originatorComponent.componentName);
    if (record.exceptionClassName) add("Exception", record.exceptionClassName, ": ", make("bdi", "", record.exceptionMessage ?? ""));
    if (record.exceptionStackTrace) add("Stack", make("pre", "", record.exceptionStackTrace));
    add("Record", `${number} of this run, ${record.guid}`);
    return list;
  }
}

const today = () => new Date().toDateString();

// The time of day, with the date if it is not today.
function shownTime(milliseconds) {
  const at = new Date(milliseconds);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return at.toDateString() === today() ? time : `${at.toLocaleDateString()} ${time}`;
}
