"""The tables in SQLite. Statements process many rows: beside a busy event loop, one for each row would starve."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from services.metadata.relational.tables import (
    LAST_SOURCE_KEY,
    ChangedElement,
    Classified,
    Named,
    NewElement,
    NewRelationship,
    Stored,
    Tables,
)
from services.metadata.sqlite import schema

TEXTS_AT_ONCE = 1_000
"""Maximum number of texts indexed in one transaction; other work runs between two of them."""
ROWS_AT_ONCE = (200, 20, 1)
"""Numbers of rows in one statement: each statement is compiled once and reused."""


class SQLiteTables(Tables):
    """The tables on one connection."""

    takes_nul = True

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def last_change(self) -> int:
        return int(self._one(schema.LAST_CHANGE)[0])

    def last_id(self) -> int:
        return int(self._one(schema.LAST_ID)[0])

    def source(self, name: str) -> tuple[int, str] | None:
        row = self._row(schema.SOURCE, (name,))
        return None if row is None else (int(row[0]), str(row[1]))

    def add_source(self, name: str, guid: str) -> None:
        self._connection.execute(schema.ADD_SOURCE, (name, guid))

    def change_source(self, name: str, guid: str) -> None:
        self._connection.execute(schema.CHANGE_SOURCE, (guid, name))

    def by_source_keys(self, source: int, source_keys: Sequence[str]) -> dict[str, Stored]:
        rows: Iterable[Any] = self._connection.execute(schema.BY_SOURCE_KEYS, (_json(source_keys), source))
        return {row[0]: Stored(*row[1:]) for row in rows}

    def by_names(self, names: Sequence[str]) -> dict[str, Named]:
        rows: Iterable[Any] = self._connection.execute(schema.BY_NAMES, (_json(names),))
        return {row[0]: Named(*row[1:]) for row in rows}

    def archived(self, source: int, guid: str) -> int | None:
        row = self._row(schema.ARCHIVED, (guid, source))
        return None if row is None else int(row[0])

    def guid_of(self, element: int) -> str:
        return str(self._one(schema.GUID_OF, (element,))[0])

    def add_elements(self, rows: Sequence[NewElement]) -> None:
        self._insert(schema.ADD_ELEMENT, rows)

    def change_elements(self, rows: Sequence[ChangedElement]) -> None:
        self._connection.executemany(schema.CHANGE_ELEMENT, rows)

    def archive_element(self, element: int, *, user: str, now: int, changed: int, memento: str) -> None:
        self._connection.execute(schema.FORGET_FINGERPRINTS, (element,))
        self._connection.execute(schema.ARCHIVE_ELEMENT, (user, now, changed, memento, element))

    def delete_element(self, element: int, *, now: int, changed: int) -> None:
        self._connection.execute(schema.FORGET_FINGERPRINTS, (element,))
        self._connection.execute(schema.NOTE_DELETION, (changed, now, element))
        self._connection.execute(schema.FORGET_TEXT, (element,))
        self._connection.execute(schema.FORGET_NAMES, (element,))
        self._connection.execute(schema.DELETE_ELEMENT, (element,))

    def classified(self, element: int) -> Classified:
        return Classified(*self._one(schema.CLASSIFIED, (element,)))

    def given(self, elements: Sequence[int]) -> dict[int, Classified]:
        rows: Iterable[Any] = self._connection.execute(schema.GIVEN, (_json(elements),)).fetchall()
        return {row[0]: Classified(*row[1:]) for row in rows}

    def set_classifications(self, element: int, value: Classified, *, user: str, now: int, changed: int) -> None:
        self._connection.execute(schema.SET_CLASSIFICATIONS, (*value, user, now, changed, element))

    def touch_element(self, element: int, changed: int) -> None:
        self._connection.execute(schema.TOUCH_ELEMENT, (changed, element))

    def stated_links(self, elements: Sequence[int]) -> Iterable[tuple[int, int, str, int, int]]:
        rows: Any = self._connection.execute(schema.STATED_LINKS, (_json(elements),)).fetchall()
        return rows  # type: ignore[no-any-return]

    def add_relationships(self, rows: Sequence[NewRelationship]) -> None:
        self._insert(schema.ADD_RELATIONSHIP, rows)

    def delete_relationships(self, ids: Sequence[int]) -> None:
        self._connection.execute(schema.DELETE_RELATIONSHIPS, (_json(ids),))

    def delete_between(self, end1: int, end2: int, type_name: str) -> int:
        self._connection.execute(schema.DELETE_BETWEEN, (end1, end2, type_name))
        return self._connection.changes()

    def to_purge(self, source: int, before: int, scope: str, limit: int) -> Sequence[int]:
        rows: Iterable[Any] = self._connection.execute(
            schema.TO_PURGE, (source, before, scope, scope + LAST_SOURCE_KEY, limit)
        )
        return [row[0] for row in rows]

    def index_text(self) -> int:
        row = self._row(schema.TO_INDEX, (TEXTS_AT_ONCE,))
        if row is None or row[0] is None:
            return 0
        self._connection.execute(schema.INDEX_NAMES, (row[0],))
        self._connection.execute(schema.INDEX_TEXT, (row[0],))
        indexed = self._connection.changes()
        self._connection.execute(schema.TEXT_INDEXED, (row[0],))
        return indexed

    def _insert(self, statement: str, rows: Sequence[NamedTuple]) -> None:
        first = 0
        for size in ROWS_AT_ONCE:
            if len(rows) - first < size:
                continue
            sql = statement.format(rows=", ".join([f"({', '.join('?' * len(rows[0]))})"] * size))
            while len(rows) - first >= size:
                values: list[Any] = []
                for row in rows[first : first + size]:
                    values.extend(row)
                self._connection.execute(sql, values)
                first += size

    def _row(self, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        return next(iter(self._connection.execute(sql, parameters)), None)

    def _one(self, sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        row = self._row(sql, parameters)
        return (None,) if row is None else row


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
