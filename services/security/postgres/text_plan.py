"""The plan for comments and security labels. At the end, a text that another user has changed is not restored."""

from collections.abc import Iterator, Mapping

from psycopg.sql import Composed

from services.security.postgres import statements
from services.security.postgres.desired import DesiredTable
from services.security.postgres.observed import Kind, ObservedTable, TableRecords, TextRecord, label_key, label_of
from services.security.postgres.step import RecordChange, Step


def plan_texts(table: ObservedTable, desired: DesiredTable, records: TableRecords) -> Iterator[Step]:
    """Plan the comments and labels of a table and its columns."""
    has = set(table.columns) | {""}
    comments = {column: text for column, text in desired.comments.items() if column in has}
    for key, text in _changes(Kind.COMMENT, comments, table.comments, records):
        made = statements.comment(table, key, text.now)
        yield _step(table, f"comment on {_place(table, key)}", made, RecordChange(Kind.COMMENT, key, text.record), text)
    labels = {label_key(*key): text for key, text in desired.labels.items() if key[0] in has}
    found = {label_key(*key): text for key, text in table.labels.items()}
    for key, text in _changes(Kind.LABEL, labels, found, records):
        column, provider = label_of(key)
        made = statements.security_label(table, column, provider, text.now)
        subject = f"security label of {provider} on {_place(table, column)}"
        yield _step(table, subject, made, RecordChange(Kind.LABEL, key, text.record), text)


class _Change:
    """A change of one text, and the record to store with it."""

    def __init__(self, now: str | None, record: TextRecord | None, others: str, *, is_made: bool) -> None:
        self.now = now
        self.record = record
        self.others = others
        self.is_made = is_made


def _changes(
    kind: Kind, wanted: Mapping[str, str], found: Mapping[str, str], records: TableRecords
) -> Iterator[tuple[str, _Change]]:
    for key, text in wanted.items():
        record = records.record(kind, key, TextRecord)
        observed = found.get(key)
        if record is not None and record.after == text == observed:
            continue
        others = f"it is {observed!r}" if record is not None and record.after == text else ""
        before = observed if record is None else record.before
        yield key, _Change(text, TextRecord(after=text, before=before), others, is_made=observed != text)
    for key in records.keys(kind):
        record = records.record(kind, key, TextRecord)
        if key not in wanted and record is not None:
            is_ours = found.get(key) == record.after
            yield key, _Change(record.before, None, "", is_made=is_ours)


def _step(table: ObservedTable, subject: str, made: Composed, change: RecordChange, text: _Change) -> Step:
    return Step(
        table=table,
        subject=subject,
        statements=[made] if text.is_made else [],
        record_changes=[change],
        changed_by_others=text.others,
    )


def _place(table: ObservedTable, column: str) -> str:
    return f"{table.path}.{column}" if column else table.path
