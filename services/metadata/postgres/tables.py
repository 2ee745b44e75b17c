"""The tables in PostgreSQL. Many rows are written together: by COPY, or as one array for each column."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from services.metadata.postgres import schema
from services.metadata.postgres.tokens import vector
from services.metadata.relational.tables import (
    ChangedElement,
    Classified,
    Named,
    NewElement,
    NewRelationship,
    Stored,
    Tables,
)

TEXTS_AT_ONCE = 1_000
"""Maximum number of texts indexed in one transaction; other work runs between two of them."""

Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresTables(Tables):
    """The tables on one connection."""

    takes_nul = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_change(self) -> int:
        return int(self._one(schema.LAST_CHANGE)[0])

    def last_id(self) -> int:
        return int(self._one(schema.LAST_ID)[0])

    def source(self, name: str) -> tuple[int, str] | None:
        row = self._connection.execute(schema.SOURCE, (name,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def add_source(self, name: str, guid: str) -> None:
        self._connection.execute(schema.ADD_SOURCE, (name, guid))

    def change_source(self, name: str, guid: str) -> None:
        self._connection.execute(schema.CHANGE_SOURCE, (guid, name))

    def by_source_keys(self, source: int, source_keys: Sequence[str]) -> dict[str, Stored]:
        owned = [f"{source}:{source_key}" for source_key in _storable(source_keys)]
        rows = self._connection.execute(schema.BY_SOURCE_KEYS, (owned,))
        return {row[0]: Stored(*row[1:]) for row in rows}

    def by_names(self, names: Sequence[str]) -> dict[str, Named]:
        rows = self._connection.execute(schema.BY_NAMES, (_storable(names),))
        return {row[0]: Named(*row[1:]) for row in rows}

    def archived(self, source: int, guid: str) -> int | None:
        found: int | None = self._one(schema.ARCHIVED, guid, source)[0]
        return found

    def guid_of(self, element: int) -> str:
        return str(self._one(schema.GUID_OF, element)[0])

    def add_elements(self, rows: Sequence[NewElement]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(schema.ADD_ELEMENTS) as copy:
            for row in rows:
                copy.write_row(row)

    def change_elements(self, rows: Sequence[ChangedElement]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(schema.CHANGE_ELEMENT, rows)

    def archive_element(self, element: int, *, user: str, now: int, changed: int, memento: str) -> None:
        self._connection.execute(schema.FORGET_FINGERPRINTS, {"id": element})
        self._connection.execute(schema.ARCHIVE_ELEMENT, (user, now, changed, memento, element))

    def delete_element(self, element: int, *, now: int, changed: int) -> None:
        self._connection.execute(schema.FORGET_FINGERPRINTS, {"id": element})
        self._connection.execute(schema.NOTE_DELETION, (changed, now, element))
        self._connection.execute(schema.DELETE_ELEMENT, (element,))

    def classified(self, element: int) -> Classified:
        return Classified(*self._one(schema.CLASSIFIED, element))

    def given(self, elements: Sequence[int]) -> dict[int, Classified]:
        rows = self._connection.execute(schema.GIVEN, (list(elements),))
        return {row[0]: Classified(*row[1:]) for row in rows}

    def set_classifications(self, element: int, value: Classified, *, user: str, now: int, changed: int) -> None:
        self._connection.execute(schema.SET_CLASSIFICATIONS, (*value, user, now, changed, element))

    def touch_element(self, element: int, changed: int) -> None:
        self._connection.execute(schema.TOUCH_ELEMENT, (changed, element))

    def stated_links(self, elements: Sequence[int]) -> Sequence[tuple[int, int, str, int, int]]:
        rows: Any = self._connection.execute(schema.STATED_LINKS, {"ids": list(elements)}).fetchall()
        return rows  # type: ignore[no-any-return]

    def add_relationships(self, rows: Sequence[NewRelationship]) -> None:
        self._connection.execute(schema.ADD_RELATIONSHIPS, _columns(rows))

    def delete_relationships(self, ids: Sequence[int]) -> None:
        self._connection.execute(schema.DELETE_RELATIONSHIPS, (list(ids),))

    def delete_between(self, end1: int, end2: int, type_name: str) -> int:
        return self._connection.execute(schema.DELETE_BETWEEN, (end1, end2, type_name)).rowcount

    def to_purge(self, source: int, before: int, scope: str, limit: int) -> Sequence[int]:
        return [row[0] for row in self._connection.execute(schema.TO_PURGE, (source, before, scope, limit))]

    def index_text(self) -> int:
        rows = self._connection.execute(schema.TO_INDEX, (TEXTS_AT_ONCE,)).fetchall()
        if rows:
            vectors = [vector(text) for _, _, text in rows]
            self._connection.execute(schema.INDEX_TEXT, ([element for _, element, _ in rows], vectors))
            self._connection.execute(schema.TEXT_INDEXED, (rows[-1][0],))
        return len(rows)

    def _one(self, sql: str, *parameters: object) -> tuple[Any, ...]:
        row = self._connection.execute(sql, parameters).fetchone()
        return (None,) if row is None else row


def _columns(rows: Sequence[NamedTuple]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _storable(texts: Sequence[str]) -> list[str]:
    """The texts that PostgreSQL can store: those without the character NUL."""
    return [text for text in texts if "\x00" not in text]
