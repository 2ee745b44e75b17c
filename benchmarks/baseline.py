"""The bare operation for the embedded store: upserts of the same rows into the same tables."""

from pathlib import Path
from typing import Any

import apsw

from services.metadata.relational.tables import NewElement, NewRelationship
from services.metadata.sqlite import schema
from services.metadata.sqlite.store import SETTINGS

ROWS_IN_A_TRANSACTION = 2_000

Rows = tuple[list[Any], list[Any]]
"""The rows of the two tables: elements and relationships."""


def rows_in(path: Path) -> Rows:
    """The rows of a store."""
    connection = apsw.Connection(str(path))
    elements: list[Any] = connection.execute(f"SELECT {', '.join(_names(schema.ADD_ELEMENT))} FROM elements").fetchall()
    relationships: list[Any] = connection.execute(
        f"SELECT {', '.join(_names(schema.ADD_RELATIONSHIP))} FROM relationships"
    ).fetchall()
    return elements, relationships


def upsert(rows: Rows, path: Path) -> None:
    """Write rows into a new store at a path."""
    elements, relationships = rows
    connection = apsw.Connection(str(path))
    for setting in set(SETTINGS) - {"foreign_keys = ON"}:
        connection.execute(f"PRAGMA {setting}").fetchall()
    connection.execute(schema.TABLES)
    connection.execute("".join(schema.MIGRATIONS.values()))
    add = schema.ADD_ELEMENT.format(rows=f"({', '.join('?' * len(NewElement._fields))})")
    add += " ON CONFLICT (guid) DO UPDATE SET fingerprint = excluded.fingerprint"
    relate = schema.ADD_RELATIONSHIP.format(rows=f"({', '.join('?' * len(NewRelationship._fields))})")
    for first in range(0, len(elements), ROWS_IN_A_TRANSACTION):
        with connection:
            connection.executemany(add, elements[first : first + ROWS_IN_A_TRANSACTION])
            connection.executemany(relate, relationships[first : first + ROWS_IN_A_TRANSACTION])
    connection.close()


def _names(insert: str) -> list[str]:
    """The columns in an INSERT statement."""
    return [name.strip() for name in insert.partition("(")[2].partition(")")[0].split(",")]
