"""SQLite files, opened read-only."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import apsw
import msgspec

from services.database import messages
from services.database.description import (
    ColumnDescription,
    DatabaseDescription,
    DatabaseSource,
    ForeignKey,
    Key,
    SchemaDescription,
    TableDescription,
    TableOutline,
)
from services.database.grouping import Row, grouped
from services.database.lineage import tables_read
from services.database.mapping import roughly
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError

SCHEMA = "main"
BUSY_TIMEOUT = 5_000
"""Milliseconds to wait for a writer."""

_NAMED = "WHERE m.type IN ('table', 'view') AND m.name IN (SELECT value FROM json_each(?))"
_OUTLINE = """
SELECT m.name, group_concat(o.type || ':' || o.name || ':' || coalesce(o.sql, ''), char(10) ORDER BY o.type, o.name)
FROM sqlite_schema m JOIN sqlite_schema o ON o.tbl_name = m.name AND o.type IN ('table', 'view', 'index')
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' GROUP BY m.name
"""
_TABLES = f"SELECT m.name, m.type, m.sql FROM sqlite_schema m {_NAMED}"
_COLUMNS = f"""
SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
FROM sqlite_schema m, pragma_table_xinfo(m.name) c {_NAMED} ORDER BY m.name, c.cid
"""
_FOREIGN_KEYS = f"""
SELECT m.name, f.id, f."table", f."from",
       coalesce(f."to", (SELECT p.name FROM pragma_table_info(f."table") p WHERE p.pk = f.seq + 1))
FROM sqlite_schema m, pragma_foreign_key_list(m.name) f {_NAMED} AND m.type = 'table' ORDER BY m.name, f.id, f.seq
"""
_INDEXES = f"""
SELECT m.name, i.name, i."unique", i.origin, c.name
FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c {_NAMED} AND m.type = 'table'
ORDER BY m.name, i.name, c.seqno
"""
_ESTIMATES = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"


class SQLiteFile(DatabaseSource):
    """An open SQLite file."""

    sees_every_schema = True

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        with self._explained():
            if not os.path.exists(self._path):
                raise ConnectorConfigurationError(
                    messages.DATABASE_NOT_FOUND, address=self._path, cause="there is no such file"
                )
            self._connection = apsw.Connection(self._path, flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.set_busy_timeout(BUSY_TIMEOUT)
            self._rows("SELECT count(*) FROM sqlite_schema")

    def describe(self) -> DatabaseDescription:
        ((encoding, size),) = self._rows(
            "SELECT e.encoding, c.page_count * s.page_size FROM pragma_encoding e, pragma_page_count c,"
            " pragma_page_size s"
        )
        return DatabaseDescription(
            path=self._path,
            name=os.path.basename(self._path),
            technology="SQLite Database",
            encoding=encoding,
            further={"sizeInBytes": str(roughly(size))},
        )

    def schemas(self) -> list[SchemaDescription]:
        return [SchemaDescription(name=SCHEMA)]

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        estimates = self._estimates()
        return [
            TableOutline(SCHEMA, name, blake2b(f"{estimates.get(name)}\n{sql}".encode(), digest_size=16).hexdigest())
            for name, sql in (self._rows(_OUTLINE) if SCHEMA in schemas else ())
        ]

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        names = [table.name for table in tables]
        found = self._rows(_TABLES, _json(names))
        columns = self._columns(names)
        foreign, indexes = self._of_tables(_FOREIGN_KEYS, names), self._of_tables(_INDEXES, names)
        estimates = self._estimates()
        return [
            _table(
                name,
                kind,
                sql,
                columns.get(name, []),
                foreign.get(name, []),
                indexes.get(name, []),
                estimates.get(name),
            )
            for name, kind, sql in found
        ]

    def close(self) -> None:
        self._connection.close()

    def _columns(self, names: list[str]) -> dict[str, list[Row]]:
        """Columns by table. A view of a missing table has none; it would make a joint query fail."""
        try:
            return self._of_tables(_COLUMNS, names)
        except ThirdPartyUnavailableError:
            if len(names) == 1:
                return {}
        found: dict[str, list[Row]] = {}
        for name in names:
            found.update(self._columns([name]))
        return found

    def _estimates(self) -> dict[str, int]:
        if not self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
            return {}
        return {table: roughly(rows) for table, rows in self._rows(_ESTIMATES)}

    def _of_tables(self, sql: str, names: list[str]) -> dict[str, list[Row]]:
        return grouped(self._rows(sql, _json(names)), 0)

    def _rows(self, sql: str, *parameters: str) -> list[Row]:
        with self._explained():
            rows: list[Any] = self._connection.execute(sql, parameters).fetchall()
            return rows

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            cause = str(error).removeprefix(type(error).__name__).strip(": ") or type(error).__name__
            if isinstance(error, apsw.NotADBError):
                raise ConnectorConfigurationError(
                    messages.DATABASE_NOT_FOUND, address=self._path, cause=cause
                ) from None
            if isinstance(error, apsw.CantOpenError) and not os.access(self._path, os.R_OK):
                user = str(os.geteuid())
                raise UserNotAuthorizedError(
                    messages.LOGIN_REFUSED, address=self._path, user=user, cause="the file may not be read"
                ) from None
            raise ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=self._path, cause=cause) from None


def _table(
    name: str,
    kind: str,
    sql: str,
    columns: list[Row],
    foreign: list[Row],
    indexes: list[Row],
    estimated_rows: int | None,
) -> TableDescription:
    of_index = grouped(indexes, 1)
    primary = [column[1] for column in sorted(columns, key=lambda column: int(column[5])) if column[5]]
    definition = _query_of(sql) if kind == "view" else None
    return TableDescription(
        schema=SCHEMA,
        name=name,
        kind=kind,
        columns=[_column(column) for column in columns],
        view_definition=definition,
        primary_key=Key("primary key", primary) if primary else None,
        unique_keys=[
            Key(index, [row[4] for row in rows])
            for index, rows in of_index.items()
            if rows[0][3] == "u" and all(row[4] for row in rows)
        ],
        foreign_keys=_foreign_keys(foreign),
        indexes={
            index: f"{'unique ' if rows[0][2] else ''}({', '.join(row[4] or 'expression' for row in rows)})"
            for index, rows in of_index.items()
        },
        reads_from=tables_read(definition, "sqlite", SCHEMA) if definition else (),
        estimated_rows=estimated_rows,
    )


def _column(row: Row) -> ColumnDescription:
    _, name, kind, not_null, default, _, hidden = row
    return ColumnDescription(
        name=name,
        data_type=kind,
        is_nullable=not not_null,
        default=default,
        further={"generated": "virtual" if hidden == 2 else "stored"} if hidden in (2, 3) else {},
    )


def _foreign_keys(rows: list[Row]) -> list[ForeignKey]:
    """The foreign keys of a table, numbered, because SQLite does not name them."""
    return [
        ForeignKey(
            f"foreign key {number}",
            [row[3] for row in parts],
            SCHEMA,
            parts[0][2],
            [row[4] for row in parts if row[4]],
        )
        for number, parts in grouped(rows, 1).items()
    ]


def _query_of(sql: str) -> str:
    """The query in a CREATE VIEW statement."""
    upper = sql.upper()
    starts = [
        place for word in (" AS ", " AS\n", "\nAS\n", "\nAS ", "\tAS ", ")AS ") if (place := upper.find(word)) >= 0
    ]
    return sql[min(starts) + 3 :].strip() if starts else sql


def _json(names: list[str]) -> str:
    return msgspec.json.encode(names).decode()
