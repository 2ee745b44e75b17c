"""Reading from the tables. All functions block, on a reader's own connection; each call is one snapshot."""

from collections.abc import Sequence
from typing import Any

from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage, ElementPage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import Direction, LineageGraph, LineageQuery
from services.metadata.postgres import schema
from services.metadata.postgres.index import PostgresIndex
from services.metadata.postgres.tables import Connection
from services.metadata.relational import finding
from services.metadata.relational.lineage import LineageRows, lineage_graph
from services.metadata.relational.records import change_page, element_record, relationship_record
from services.metadata.relational.tables import OWN_SOURCE


def fingerprints(
    connection: Connection, metadata_source: str, scope: str, after: str | None, limit: int | None
) -> dict[str, str]:
    """Fingerprints of one source's active elements in a scope, by source key."""
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


def named(connection: Connection, names: Sequence[str]) -> list[ElementRecord]:
    """Active elements by qualified name."""
    return [element_record(row) for row in connection.execute(schema.BY_QUALIFIED_NAMES, (list(dict.fromkeys(names)),))]


def find_page(connection: Connection, query: Query) -> ElementPage:
    """One page of the elements that match a query."""
    with connection.transaction():  # one snapshot for all statements
        return finding.find_page(PostgresIndex(connection), query)


def relationships(connection: Connection, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
    """Relationships that have one of these elements at either end."""
    rows = connection.execute(schema.RELATIONSHIPS, {"guids": list(guids), "type": type_name})
    return [relationship_record(row) for row in rows]


def lineage(connection: Connection, guid: str, query: LineageQuery) -> LineageGraph:
    """The lineage of an element."""

    def rows(sql: str) -> Any:
        return lambda ids: connection.execute(sql, {"ids": list(ids)}).fetchall()

    parameters = {
        "guid": guid,
        "limit": query.limit + 1,
        "columns": query.columns,
        "upstream": Direction.UPSTREAM in query.directions,
        "downstream": Direction.DOWNSTREAM in query.directions,
    }
    further = LineageRows(rows(schema.LINEAGE_BETWEEN), rows(schema.LINEAGE_NODES), rows(schema.WHOLES))
    with connection.transaction():  # one snapshot for all statements
        reached = connection.execute(schema.REACHED, parameters).fetchall()
        return lineage_graph(guid, query, reached, further)


def changes(connection: Connection, after: int, limit: int) -> ChangePage:
    """The changes after a given change, in order."""
    limit = min(limit, MOST_IN_A_PAGE)
    with connection.transaction():  # one snapshot of both tables
        changed = connection.execute(schema.CHANGED, (after, limit)).fetchall()
        deleted = connection.execute(schema.DELETED, (after, limit)).fetchall()
    return change_page(changed, deleted, after, limit)
