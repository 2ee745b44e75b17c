"""PostgreSQL, read from its system catalogs.

Every user who can connect can read them, so that the least privilege is

    GRANT CONNECT ON DATABASE sales TO cataloguer;

The server computes a table's digest from the values that `details` reads.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

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
from services.database.grants import with_grant
from services.database.grouping import Row, grouped
from services.database.mapping import roughly
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.postgres.address import PostgresAddress
from services.postgres.opening import Trouble, connect, trouble_of

ANY_DATABASE = ("postgres", "template1")
"""Databases that almost every server has, in which the list of databases can be queried."""

_KINDS = {"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"}
_CHARACTERS, _BITS, _NUMERIC = (1042, 1043), (1560, 1562), 1700
"""Type ids (pg_type.dat) whose modifier contains a length or a precision."""

_DATABASES = "SELECT datname, datallowconn FROM pg_database WHERE NOT datistemplate ORDER BY datname"
_DATABASE = """
SELECT current_database(), current_setting('server_version'), pg_encoding_to_char(encoding),
       CASE WHEN has_database_privilege(datname, 'CONNECT') THEN pg_database_size(oid) END,
       shobj_description(oid, 'pg_database')
FROM pg_database WHERE datname = current_database()
"""
_SCHEMAS = """
SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
"""
COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type_name, a.atttypid, a.atttypmod,
       a.attnotnull, a.attidentity::text, a.attgenerated::text,
       CASE WHEN a.atthasdef THEN pg_get_expr(d.adbin, d.adrelid) END AS default_value, t.description
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description t ON t.objoid = a.attrelid AND t.classoid = 'pg_class'::regclass AND t.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY({tables})
"""
OUTLINE = f"""
WITH chosen AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relispartition FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY(%s)
), columns AS (
    SELECT attrelid, sum(hashtextextended((attnum, attname, type_name, attnotnull, attidentity, attgenerated,
                                           default_value, description)::text, 0)) AS digest
    FROM ({COLUMNS.format(tables="ARRAY(SELECT oid FROM chosen)")}) x GROUP BY attrelid
), keys AS (
    SELECT conrelid, string_agg((conname, contype, conkey, confrelid, confkey)::text, '' ORDER BY conname) AS digest
    FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND conrelid = ANY(ARRAY(SELECT oid FROM chosen))
    GROUP BY conrelid
), indexes AS (
    SELECT indrelid, string_agg((c.relname, indisunique, indkey, indclass, indoption, indexprs, indpred)::text, ''
                                ORDER BY c.relname) AS digest
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE indrelid = ANY(ARRAY(SELECT oid FROM chosen))
    GROUP BY indrelid
)
SELECT nspname, relname, oid::bigint, reltuples::bigint,
       md5(concat_ws('|', relkind, relispartition, columns.digest, keys.digest, indexes.digest, description,
                     CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END))
FROM chosen
LEFT JOIN columns ON columns.attrelid = oid
LEFT JOIN keys ON keys.conrelid = oid
LEFT JOIN indexes ON indexes.indrelid = oid
LEFT JOIN pg_description t ON t.objoid = oid AND t.classoid = 'pg_class'::regclass AND t.objsubid = 0
"""
TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text, c.reltuples::bigint,
       obj_description(c.oid, 'pg_class'), CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
       CASE WHEN c.relispartition THEN (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY(%s::oid[])
"""
KEYS = """
SELECT k.conrelid::bigint, k.conname, k.contype::text, k.conkey, n.nspname, r.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS f (attnum, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.attnum ORDER BY f.place)
FROM pg_constraint k
LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE k.contype IN ('p', 'u', 'f') AND k.conrelid = ANY(%s::oid[]) ORDER BY k.conname
"""
INDEXES = """
SELECT i.indrelid::bigint, c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ANY(%s::oid[]) ORDER BY c.relname
"""
_READS = """
SELECT DISTINCT r.ev_class::bigint, n.nspname, c.relname FROM pg_rewrite r
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid <> r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.ev_class = ANY(%s::oid[]) ORDER BY 2, 3
"""


class PostgresDatabase(DatabaseSource):
    """An open, read-only connection to one database, with one snapshot."""

    sees_every_schema = True

    def __init__(self, address: PostgresAddress, password: str | None, statement_timeout: float) -> None:
        self._address = address
        with _explained(address):
            self._connection = connect(address, password, statement_timeout, read_only=True)
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    def databases(self) -> dict[str, bool]:
        """All databases of the server, and whether each accepts connections."""
        return dict(self._rows(_DATABASES))

    def describe(self) -> DatabaseDescription:
        ((name, version, encoding, size, description),) = self._rows(_DATABASE)
        return DatabaseDescription(
            path=f"{self._address.host}:{self._address.port}::{name}",
            name=name,
            technology="PostgreSQL Relational Database",
            version=version,
            encoding=encoding,
            description=description,
            further={"sizeInBytes": str(roughly(size))} if size is not None else {},
        )

    def schemas(self) -> list[SchemaDescription]:
        return [SchemaDescription(name=name, description=text) for name, text in self._rows(_SCHEMAS)]

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        return [
            TableOutline(schema, name, f"{digest}.{_estimate(rows)}", oid)
            for schema, name, oid, rows, digest in self._rows(OUTLINE, list(schemas))
        ]

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        oids = [table.key for table in tables]
        all_columns = COLUMNS.format(tables="%s::oid[]") + " ORDER BY a.attrelid, a.attnum"
        columns, keys, indexes, reads = (
            grouped(self._rows(sql, oids), 0) for sql in (all_columns, KEYS, INDEXES, _READS)
        )
        return [
            _table(row, columns.get(row[0], []), keys.get(row[0], []), indexes.get(row[0], []), reads.get(row[0], []))
            for row in self._rows(TABLES, oids)
        ]

    def close(self) -> None:
        self._connection.close()

    def _rows(self, sql: str, *parameters: Any) -> list[Row]:
        with _explained(self._address):
            return self._connection.execute(sql, parameters or None).fetchall()


def databases_of(address: PostgresAddress, password: str | None, statement_timeout: float) -> dict[str, bool]:
    """The databases of a server, and whether each accepts connections. Blocks."""
    first, second = ANY_DATABASE
    try:
        database = PostgresDatabase(address.with_database(first), password, statement_timeout)
    except ConnectorConfigurationError:
        database = PostgresDatabase(address.with_database(second), password, statement_timeout)
    try:
        return database.databases()
    finally:
        database.close()


@contextmanager
def _explained(address: PostgresAddress) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _described(error, address) from None


def _described(error: psycopg.Error, address: PostgresAddress) -> Exception:
    trouble, cause = trouble_of(error)
    if trouble is Trouble.NO_SUCH_DATABASE:
        return ConnectorConfigurationError(messages.DATABASE_NOT_FOUND, address=address, cause=cause)
    if trouble is Trouble.LOGIN_REFUSED:
        return UserNotAuthorizedError(messages.LOGIN_REFUSED, address=address, user=address.user, cause=cause)
    if trouble is Trouble.NOT_PERMITTED:
        definition = with_grant(messages.LOGIN_REFUSED, address.grant(address.database))
        return UserNotAuthorizedError(definition, address=address, user=address.user, cause=cause)
    return ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=address, cause=cause)


def _table(
    row: Row,
    columns: list[Row],
    keys: list[Row],
    indexes: list[Row],
    reads: list[Row],
) -> TableDescription:
    _, schema, name, kind, rows, description, definition, parent = row
    names = {column[1]: column[2] for column in columns}

    def named(kind: str) -> list[Key]:
        return [Key(key[1], [names[number] for number in key[3]]) for key in keys if key[2] == kind]

    return TableDescription(
        schema=schema,
        name=name,
        kind=_KINDS[kind],
        description=description,
        columns=[_column(column) for column in columns],
        view_definition=definition,
        primary_key=next(iter(named("p")), None),
        unique_keys=named("u"),
        foreign_keys=[
            ForeignKey(key[1], [names[number] for number in key[3]], key[4], key[5], key[6])
            for key in keys
            if key[2] == "f"
        ],
        indexes={index[1]: index[2] for index in indexes},
        reads_from=[(read[1], read[2]) for read in reads],
        estimated_rows=_estimate(rows),
        further={"partitionOf": parent} if parent else {},
    )


def _column(row: Row) -> ColumnDescription:
    _, _, name, data_type, type_id, modifier, not_null, identity, generated, default, description = row
    length = precision = None
    further: dict[str, str] = {}
    if modifier >= 0:
        if type_id in _CHARACTERS:
            length = modifier - 4
        elif type_id in _BITS:
            length = modifier
        elif type_id == _NUMERIC:
            precision = (modifier - 4) >> 16 & 0xFFFF
            further["scale"] = str(((modifier - 4 & 0x7FF) ^ 1024) - 1024)
    if identity:
        further["identity"] = "always" if identity == "a" else "by default"
    if generated:
        further["generatedFrom"] = default
    return ColumnDescription(
        name=name,
        data_type=data_type,
        is_nullable=not not_null,
        default=None if generated else default,
        description=description,
        length=length,
        precision=precision,
        further=further,
    )


def _estimate(rows: int) -> int | None:
    """The planner's row estimate; `None` before the first ANALYZE."""
    return roughly(rows) if rows >= 0 else None
