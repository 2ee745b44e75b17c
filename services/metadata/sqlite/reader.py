"""Reading from the tables. Everything here blocks, on a reader's own connection; each statement does much."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from services.metadata.changes import ChangePage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.relational.records import MOST_IN_A_PAGE, change_page, element_record, relationship_record
from services.metadata.relational.tables import LAST_SOURCE_KEY, OWN_SOURCE
from services.metadata.sqlite import schema
from services.metadata.types.registry import subtypes_of

KEYS_AT_ONCE = 10_000
"""Read as one JSON text: a thread that steps from row to row waits for a busy event loop at each."""


def fingerprints(
    connection: apsw.Connection, metadata_source: str, scope: str, after: str | None, limit: int | None
) -> dict[str, str]:
    """Fingerprint by source key, of one source's active elements in a scope."""
    source = OWN_SOURCE
    if metadata_source:
        row = next(iter(connection.execute(schema.SOURCE, (metadata_source,))), None)
        if row is None:
            return {}
        source = int(row[0])
    found: dict[str, str] = {}
    with connection:  # however many pages, it is one state of the store
        while limit is None or len(found) < limit:
            most = KEYS_AT_ONCE if limit is None else min(limit - len(found), KEYS_AT_ONCE)
            ((text,),) = connection.execute(
                schema.FINGERPRINTS, (source, scope, after or "", scope + LAST_SOURCE_KEY, most)
            )
            page = msgspec.json.decode(text, type=dict[str, str])
            found |= page
            if len(page) < most:
                break
            after = next(reversed(page))
    return found


def get(connection: apsw.Connection, guids: Sequence[str]) -> list[ElementRecord]:
    """Elements by GUID."""
    rows = connection.execute(schema.BY_GUIDS, (msgspec.json.encode(list(guids)).decode(),)).fetchall()
    return [element_record(row) for row in rows]


def find(connection: apsw.Connection, query: Query) -> list[ElementRecord]:
    """Elements that match a query, one page."""
    conditions, parameters = _conditions(query)
    page = min(query.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE)
    sql = schema.FIND.format(conditions=" AND ".join(conditions) or "TRUE")
    rows = connection.execute(sql, (*parameters, page, query.start_from)).fetchall()
    return [element_record(row) for row in rows]


def relationships(connection: apsw.Connection, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
    """Relationships with any of these elements at either end."""
    wanted = msgspec.json.encode(list(guids)).decode()
    rows: list[Any] = connection.execute(schema.RELATIONSHIPS, (wanted, type_name)).fetchall()
    return [relationship_record(row) for row in rows]


def _conditions(query: Query) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []

    def require(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if not query.include_archived:
        require("e.archived = 0")
    if query.type_name is not None:
        types = msgspec.json.encode(subtypes_of(query.type_name)).decode()
        require("e.type IN (SELECT value FROM json_each(?))", types)
    if query.qualified_name is not None:
        require("e.qualified_name = ?", query.qualified_name)
    if query.name_pattern is not None:
        named = ("displayName", "fileName", "pathName", "resourceName")
        alternatives = ["e.qualified_name GLOB ?", *(f"e.properties ->> '{name}' GLOB ?" for name in named)]
        require(f"({' OR '.join(alternatives)})", *[query.name_pattern] * len(alternatives))
    if query.text is not None:
        require("e.id IN (SELECT rowid FROM elements_text WHERE elements_text MATCH ?)", _words(query.text))
    if query.metadata_source is not None:
        require("coalesce(s.qualified_name, '') = ?", query.metadata_source)
    if query.updated_since is not None:
        require("e.updated_at >= ?", int(query.updated_since.timestamp() * 1000))
    for name, value in query.property_values.items():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        require("json_extract(e.properties, ?) IS ?", f'$."{escaped}"', value)
    return conditions, parameters


def _words(text: str) -> str:
    """All words of a text, in the language of the index; `rep*` is the beginning of a word."""
    quoted = [
        '"' + word.rstrip("*").replace('"', '""') + '"' + ("*" if word.endswith("*") else "") for word in text.split()
    ]
    return " ".join(quoted) or '""'


def changes(connection: apsw.Connection, after: int, limit: int) -> ChangePage:
    """What changed after a change, in order."""
    limit = min(limit, MOST_IN_A_PAGE)
    with connection:  # both tables as of one moment
        changed: list[Any] = connection.execute(schema.CHANGED, (after, limit)).fetchall()
        deleted: list[Any] = connection.execute(schema.DELETED, (after, limit)).fetchall()
    return change_page(changed, deleted, after, limit)
