"""Reading from the tables. Everything here blocks, on a reader's own connection; each call is one large statement."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from services.metadata.changes import ChangePage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.postgres import schema, tokens
from services.metadata.postgres.tables import Connection
from services.metadata.relational.records import MOST_IN_A_PAGE, change_page, element_record, relationship_record
from services.metadata.relational.tables import OWN_SOURCE
from services.metadata.types.registry import subtypes_of

_NAMED = ("displayName", "fileName", "pathName", "resourceName")
_GLOB_PARTS = re.compile(r"\*|\?|\[\^?\]?[^\]]*\]|.", re.DOTALL)


def fingerprints(
    connection: Connection, metadata_source: str, scope: str, after: str | None, limit: int | None
) -> dict[str, str]:
    """Fingerprint by source key, of one source's active elements in a scope."""
    source = OWN_SOURCE
    if metadata_source:
        row = connection.execute(schema.SOURCE, (metadata_source,)).fetchone()
        if row is None:
            return {}
        source = row[0]
    after = after or ""
    rows = connection.execute(
        schema.FINGERPRINTS,
        {"source": source, "scope": scope, "after": after, "first": max(scope, after), "limit": limit},
    ).fetchall()
    return dict(rows)


def get(connection: Connection, guids: Sequence[str]) -> list[ElementRecord]:
    """Elements by GUID."""
    return [element_record(row) for row in connection.execute(schema.BY_GUIDS, (list(guids),))]


def find(connection: Connection, query: Query) -> list[ElementRecord]:
    """Elements that match a query, one page."""
    conditions, parameters = _conditions(query)
    page = min(query.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE)
    sql = schema.FIND.format(conditions=" AND ".join(conditions) or "true")
    return [element_record(row) for row in connection.execute(sql, (*parameters, page, query.start_from))]


def relationships(connection: Connection, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
    """Relationships with any of these elements at either end."""
    rows = connection.execute(schema.RELATIONSHIPS, {"guids": list(guids), "type": type_name})
    return [relationship_record(row) for row in rows]


def changes(connection: Connection, after: int, limit: int) -> ChangePage:
    """What changed after a change, in order."""
    limit = min(limit, MOST_IN_A_PAGE)
    with connection.transaction():  # both tables as of one moment
        changed = connection.execute(schema.CHANGED, (after, limit)).fetchall()
        deleted = connection.execute(schema.DELETED, (after, limit)).fetchall()
    return change_page(changed, deleted, after, limit)


def _conditions(query: Query) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []

    def require(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if not query.include_archived:
        require("NOT e.archived")
    if query.type_name is not None:
        require("e.type = ANY(%s::text[])", list(subtypes_of(query.type_name)))
    if query.qualified_name is not None:
        require("md5(e.qualified_name) = md5(%s)", query.qualified_name)
    if query.name_pattern is not None:
        alternatives = ["e.qualified_name ~ %s", *(f"(e.properties ->> '{name}') ~ %s" for name in _NAMED)]
        require(f"({' OR '.join(alternatives)})", *[_regular_expression(query.name_pattern)] * len(alternatives))
    if query.text is not None:
        wanted = tokens.query(query.text)
        require("false") if wanted is None else require(
            "e.id IN (SELECT id FROM elements_text WHERE words @@ %s::tsquery)", wanted
        )
    if query.metadata_source is not None:
        require("coalesce(s.qualified_name, '') = %s", query.metadata_source)
    if query.updated_since is not None:
        require("e.updated_at >= %s", int(query.updated_since.timestamp() * 1000))
    for name, value in query.property_values.items():
        json = msgspec.json.encode(value).decode()
        require("coalesce((e.properties -> %s)::jsonb, 'null'::jsonb) = %s::jsonb", name, json)
    return conditions, parameters


def _regular_expression(pattern: str) -> str:
    """A shell pattern as PostgreSQL's regular expression."""
    return "^(?:" + "".join(map(_translated, _GLOB_PARTS.findall(pattern))) + ")$"


def _translated(part: str) -> str:
    if part == "*":
        return ".*"
    if part == "?":
        return "."
    if part.startswith("[") and len(part) > 1:
        return part.replace("\\", "\\\\")
    return part if part.isalnum() or part in "_/ " else f"\\{part}"
