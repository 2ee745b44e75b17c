// The rows of the audit log, the newest first. Their number is limited: a page of 100,000 rows is slow.

import { recordRow, recordTable } from "../shared/audit_records.js";
import { make } from "../shared/dom.js";

const MOST = 500; // rows

export class Records {
  #body = make("tbody");
  #server;
  #ofMessage;

  // `ofMessage(id)` is the address of the records with this message.
  constructor(server, ofMessage) {
    this.#server = server;
    this.#ofMessage = ofMessage;
    this.table = recordTable(this.#body);
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

  #row(entry) {
    return recordRow(entry, this.#server, this.#ofMessage);
  }
}
