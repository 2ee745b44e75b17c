"""DuckDB files, opened read-only."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

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

_HERE = "database_name = current_database() AND NOT internal"
_SCHEMAS = f"SELECT schema_name, comment FROM duckdb_schemas() WHERE {_HERE} OR (schema_name = 'main' AND " + (
    "database_name = current_database())"
)
_OUTLINE = f"""
WITH described AS (
    SELECT schema_name, table_name, table_oid, sql, comment, estimated_size FROM duckdb_tables() WHERE {_HERE}
    UNION ALL SELECT schema_name, view_name, view_oid, sql, comment, NULL FROM duckdb_views() WHERE {_HERE}
), columns AS (
    SELECT table_oid, string_agg(concat_ws('|', column_name, data_type, comment), ',' ORDER BY column_index) AS content
    FROM duckdb_columns() WHERE {_HERE} GROUP BY table_oid
), indexes AS (
    SELECT table_oid, string_agg(sql, ',' ORDER BY index_name) AS content FROM duckdb_indexes()
    WHERE database_name = current_database() GROUP BY table_oid
)
SELECT schema_name, table_name, estimated_size, md5(concat_ws('\n', sql, comment, columns.content, indexes.content))
FROM described LEFT JOIN columns USING (table_oid) LEFT JOIN indexes USING (table_oid)
WHERE list_contains(?, schema_name)
"""
_WANTED = "list_contains(?, schema_name || '\x02' || {name})"
_TABLES = f"""
SELECT schema_name, table_name, 'table', comment, NULL, estimated_size FROM duckdb_tables()
WHERE {_HERE} AND {_WANTED.format(name="table_name")}
UNION ALL SELECT schema_name, view_name, 'view', comment, sql, NULL FROM duckdb_views()
WHERE {_HERE} AND {_WANTED.format(name="view_name")}
"""
_COLUMNS = f"""
SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment, numeric_precision,
       numeric_scale FROM duckdb_columns()
WHERE {_HERE} AND {_WANTED.format(name="table_name")} ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = f"""
SELECT schema_name, table_name, constraint_name, constraint_type, constraint_column_names, referenced_table,
       referenced_column_names FROM duckdb_constraints()
WHERE database_name = current_database() AND {_WANTED.format(name="table_name")}
"""
_INDEXES = f"""
SELECT schema_name, table_name, index_name, sql FROM duckdb_indexes()
WHERE database_name = current_database() AND {_WANTED.format(name="table_name")} ORDER BY index_name
"""
_CONFIG: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "enable_external_access": False}
"""No external access: DuckDB would download and run extensions, and a view may read any file or URL."""


class DuckDBFile(DatabaseSource):
    """An open DuckDB file."""

    sees_every_schema = True

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        if not os.path.exists(self._path):
            raise ConnectorConfigurationError(
                messages.DATABASE_NOT_FOUND, address=self._path, cause="there is no such file"
            )
        if not os.access(self._path, os.R_OK):
            raise UserNotAuthorizedError(
                messages.LOGIN_REFUSED, address=self._path, user=str(os.geteuid()), cause="the file may not be read"
            )
        with self._explained():
            self._connection = duckdb.connect(self._path, read_only=True, config=_CONFIG)

    def describe(self) -> DatabaseDescription:
        return DatabaseDescription(
            path=self._path,
            name=os.path.basename(self._path),
            technology="DuckDB Database",
            version=str(self._rows("SELECT version()")[0][0]),
            encoding="UTF-8",
            further={"sizeInBytes": str(roughly(os.path.getsize(self._path)))},
        )

    def schemas(self) -> list[SchemaDescription]:
        return [SchemaDescription(name=name, description=comment) for name, comment in self._rows(_SCHEMAS)]

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        return [
            TableOutline(schema, name, f"{digest}.{_estimate(rows)}")
            for schema, name, rows, digest in self._rows(_OUTLINE, list(schemas))
        ]

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        wanted = [f"{table.schema}\x02{table.name}" for table in tables]
        columns, constraints, indexes = (
            grouped(self._rows(sql, wanted), 0, 1) for sql in (_COLUMNS, _CONSTRAINTS, _INDEXES)
        )
        return [
            _table(row, columns.get(at, []), constraints.get(at, []), indexes.get(at, []))
            for row in self._rows(_TABLES, wanted, wanted)
            if (at := (row[0], row[1]))
        ]

    def close(self) -> None:
        self._connection.close()

    def _rows(self, sql: str, *parameters: list[str]) -> list[Row]:
        with self._explained():
            return self._connection.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            cause = str(error).partition("\n")[0]
            if "not a valid DuckDB" in cause:
                raise ConnectorConfigurationError(
                    messages.DATABASE_NOT_FOUND, address=self._path, cause="it is not a DuckDB file"
                ) from None
            raise ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=self._path, cause=cause) from None


def _table(
    row: Row,
    columns: list[Row],
    constraints: list[Row],
    indexes: list[Row],
) -> TableDescription:
    schema, name, kind, comment, sql, rows = row
    definition = None if sql is None else sql.partition(" AS ")[2].rstrip("; \n") or sql
    primary = [each for each in constraints if each[3] == "PRIMARY KEY"]
    return TableDescription(
        schema=schema,
        name=name,
        kind=kind,
        description=comment,
        columns=[_column(column) for column in columns],
        view_definition=definition,
        primary_key=Key(primary[0][2], primary[0][4]) if primary else None,
        unique_keys=[Key(each[2], each[4]) for each in constraints if each[3] == "UNIQUE"],
        foreign_keys=[
            ForeignKey(each[2], each[4], schema, each[5], each[6]) for each in constraints if each[3] == "FOREIGN KEY"
        ],
        indexes={each[2]: each[3] for each in indexes},
        reads_from=tables_read(definition, "duckdb", schema) if definition else (),
        estimated_rows=_estimate(rows),
    )


def _column(row: Row) -> ColumnDescription:
    _, _, name, kind, is_nullable, default, comment, precision, scale = row
    is_decimal = kind.startswith("DECIMAL")
    return ColumnDescription(
        name=name,
        data_type=kind,
        is_nullable=is_nullable,
        default=default,
        description=comment,
        precision=precision if is_decimal else None,
        further={"scale": str(scale)} if is_decimal else {},
    )


def _estimate(rows: int | None) -> int | None:
    return None if rows is None else roughly(rows)
