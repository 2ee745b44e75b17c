"""Reading from the tables. All functions block, on a reader's own connection, with few large statements."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage, ElementPage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import Direction, LineageGraph, LineageQuery
from services.metadata.relational import finding
from services.metadata.relational.lineage import LineageRows, lineage_graph
from services.metadata.relational.records import change_page, element_record, relationship_record
from services.metadata.relational.tables import LAST_SOURCE_KEY, OWN_SOURCE
from services.metadata.sqlite import schema
from services.metadata.sqlite.index import SQLiteIndex

KEYS_AT_ONCE = 10_000
"""Maximum number of rows read as one JSON text: row by row, a thread would wait for a busy event loop each time."""


def fingerprints(
    connection: apsw.Connection, metadata_source: str, scope: str, after: str | None, limit: int | None
) -> dict[str, str]:
    """Fingerprints of one source's active elements in a scope, by source key."""
    source = OWN_SOURCE
    if metadata_source:
        row = next(iter(connection.execute(schema.SOURCE, (metadata_source,))), None)
        if row is None:
            return {}
        source = int(row[0])
    found: dict[str, str] = {}
    with connection:  # all pages show one state of the store
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
    rows = connection.execute(schema.BY_GUIDS, (_json(guids),)).fetchall()
    return [element_record(row) for row in rows]


def named(connection: apsw.Connection, names: Sequence[str]) -> list[ElementRecord]:
    """Active elements by qualified name."""
    return [element_record(row) for row in connection.execute(schema.BY_QUALIFIED_NAMES, (_json(names),)).fetchall()]


def find_page(connection: apsw.Connection, query: Query) -> ElementPage:
    """One page of the elements that match a query."""
    with connection:  # one snapshot for all statements
        page = finding.find_page(SQLiteIndex(connection), query)
    return page  # noqa: RET504  (mypy assumes that a connection may suppress an error)


def relationships(connection: apsw.Connection, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
    """Relationships that have one of these elements at either end."""
    rows: list[Any] = connection.execute(schema.RELATIONSHIPS, (_json(guids), type_name)).fetchall()
    return [relationship_record(row) for row in rows]


def lineage(connection: apsw.Connection, guid: str, query: LineageQuery) -> LineageGraph:
    """The lineage of an element."""

    def rows(sql: str) -> Any:
        return lambda ids: connection.execute(sql, (_json(ids),)).fetchall()

    asked = [each in query.directions for each in (Direction.UPSTREAM, Direction.DOWNSTREAM)]
    further = LineageRows(rows(schema.LINEAGE_BETWEEN), rows(schema.LINEAGE_NODES), rows(schema.WHOLES))
    with connection:  # one snapshot for all statements
        reached: list[Any] = connection.execute(
            schema.REACHED, (guid, query.limit + 1, query.columns, *asked)
        ).fetchall()
        graph = lineage_graph(guid, query, reached, further)
    return graph  # noqa: RET504  (mypy assumes that a connection may suppress an error)


def changes(connection: apsw.Connection, after: int, limit: int) -> ChangePage:
    """The changes after a given change, in order."""
    limit = min(limit, MOST_IN_A_PAGE)
    with connection:  # one snapshot of both tables
        changed: list[Any] = connection.execute(schema.CHANGED, (after, limit)).fetchall()
        deleted: list[Any] = connection.execute(schema.DELETED, (after, limit)).fetchall()
    return change_page(changed, deleted, after, limit)


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
