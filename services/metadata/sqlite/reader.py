"""Reading from the tables. Everything here blocks, on a reader's own connection; each call is one large statement."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import apsw
import msgspec

from services.metadata.changes import ChangePage, ElementChange, Query
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.sqlite import schema
from services.metadata.sqlite.writer import OWN_SOURCE
from services.metadata.types.registry import subtypes_of

MOST_IN_A_PAGE = 1_000
_LAST = "\U0010ffff"


def fingerprints(
    connection: apsw.Connection, metadata_source: str, scope: str, after: str | None, limit: int | None
) -> dict[str, str]:
    """Fingerprint by place, of one source's active elements in a scope."""
    source = OWN_SOURCE
    if metadata_source:
        row = next(iter(connection.execute(schema.SOURCE, (metadata_source,))), None)
        if row is None:
            return {}
        source = int(row[0])
    rows: list[Any] = connection.execute(
        schema.FINGERPRINTS,
        (source, scope, after if after is not None else "", scope + _LAST, -1 if limit is None else limit),
    ).fetchall()
    return dict(rows)


def get(connection: apsw.Connection, guids: Sequence[str]) -> list[ElementRecord]:
    """Elements by GUID."""
    rows = connection.execute(schema.BY_GUIDS, (msgspec.json.encode(list(guids)).decode(),)).fetchall()
    return [_record(row) for row in rows]


def find(connection: apsw.Connection, query: Query) -> list[ElementRecord]:
    """Elements that match a query, one page."""
    conditions, parameters = _conditions(query)
    page = min(query.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE)
    sql = schema.FIND.format(conditions=" AND ".join(conditions) or "TRUE")
    rows = connection.execute(sql, (*parameters, page, query.start_from)).fetchall()
    return [_record(row) for row in rows]


def relationships(connection: apsw.Connection, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
    """Relationships with any of these elements at either end."""
    wanted = msgspec.json.encode(list(guids)).decode()
    rows: list[Any] = connection.execute(schema.RELATIONSHIPS, (wanted, type_name)).fetchall()
    return [
        RelationshipRecord(
            guid=guid,
            type_name=kind,
            end1_guid=end1,
            end2_guid=end2,
            properties=msgspec.json.decode(properties) if properties else {},
        )
        for guid, kind, end1, end2, properties in rows
    ]


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
        require("json_extract(e.properties, ?) IS ?", f'$."{name}"', value)
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
    found = [_changed(number, _record(row)) for number, *row in changed]
    found += [
        ElementChange(
            number=number,
            guid=guid,
            type_name=kind,
            qualified_name=name,
            metadata_source=source,
            status=ElementStatus.DELETED,
        )
        for number, guid, kind, name, source in deleted
    ]
    found = sorted(found, key=lambda change: change.number)[:limit]
    return ChangePage(changes=found, last=found[-1].number if found else after, is_last=len(found) < limit)


def _changed(number: int, record: ElementRecord) -> ElementChange:
    return ElementChange(
        number=number,
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        metadata_source=record.metadata_source,
        status=record.status,
        element=record,
    )


def _record(row: Sequence[Any]) -> ElementRecord:
    guid, kind, archived, version, created_by, created_at, updated_by, updated_at, source, classified, properties = row
    return ElementRecord(
        guid=guid,
        type_name=kind,
        status=ElementStatus.ARCHIVED if archived else ElementStatus.ACTIVE,
        version=version,
        created_by=created_by,
        create_time=_time(created_at),
        updated_by=updated_by,
        update_time=_time(updated_at) if updated_by is not None else None,
        metadata_source=source,
        classifications=msgspec.json.decode(classified) if classified else {},
        properties=msgspec.json.decode(properties),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
