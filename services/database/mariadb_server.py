"""MariaDB and MySQL, read from their information schema.

A database of these servers is catalogued as a schema, and the server as the database. Tables are visible to users with
any privilege on them, so that the least privileges are

    GRANT REFERENCES, SHOW VIEW ON sales.* TO cataloguer;   -- or ON *.*
    GRANT SHOW DATABASES ON *.* TO cataloguer;              -- to distinguish dropped schemas from hidden ones
    GRANT SELECT ON sales.a_view TO cataloguer;             -- for the definition of a view and its lineage
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from pymysql.constants import CR, ER

from services.address_password import CREDENTIALS_IN_ADDRESS
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
from services.database.grants import mariadb_grant, with_grant
from services.database.grouping import Row, grouped
from services.database.lineage import tables_read
from services.database.mapping import roughly
from services.database.mariadb_connection import BoundedConnection
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError

CONNECT_TIMEOUT = 10
"""Seconds."""
PORT = 3306

_OWN = "('information_schema', 'mysql', 'performance_schema', 'sys')"
_SCHEMAS = f"""
SELECT s.SCHEMA_NAME,
       EXISTS (SELECT 1 FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = s.SCHEMA_NAME)
       OR EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES p WHERE s.SCHEMA_NAME LIKE p.TABLE_SCHEMA)
       OR EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES p
                  WHERE p.PRIVILEGE_TYPE IN ('SELECT', 'REFERENCES', 'INSERT', 'UPDATE', 'DELETE', 'ALTER', 'CREATE'))
FROM information_schema.SCHEMATA s WHERE s.SCHEMA_NAME NOT IN {_OWN}
"""
_SEES_ALL = "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SHOW DATABASES'"
_TABLES = """
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COMMENT, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH
FROM information_schema.TABLES
"""
_VIEWS = "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS"
_COLUMNS = """
SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLUMN_COMMENT, EXTRA,
       CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, GENERATION_EXPRESSION, DATA_TYPE
FROM information_schema.COLUMNS
"""
_INDEXES = """
SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE, COLUMN_NAME FROM information_schema.STATISTICS
"""
_FOREIGN_KEYS = """
SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,
       REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
"""
_DIGESTED = {
    _COLUMNS: "ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, '-'), EXTRA,"
    " COALESCE(GENERATION_EXPRESSION, ''), COLUMN_COMMENT ORDER BY ORDINAL_POSITION",
    _INDEXES: "INDEX_NAME, NON_UNIQUE, INDEX_TYPE, SEQ_IN_INDEX, COALESCE(COLUMN_NAME, '-')"
    " ORDER BY INDEX_NAME, SEQ_IN_INDEX",
    _FOREIGN_KEYS: "CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,"
    " REFERENCED_COLUMN_NAME ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION",
}
_ONLY_FOREIGN = " AND REFERENCED_TABLE_NAME IS NOT NULL"

_LOGIN_REFUSED = (
    ER.ACCESS_DENIED_ERROR,
    1698,  # access denied without a password: the plug-in of the account accepts none
)
_NOT_LET_IN = (
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    CR.CR_AUTH_PLUGIN_CANNOT_LOAD,
)

Table = tuple[str, str]


class MariaDBAddress(NamedTuple):
    """A server, or one database of a server."""

    host: str
    port: int
    database: str | None
    user: str
    ca_file: str | None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" + (f"::{self.database}" if self.database else "")

    def grant(self, database: str | None) -> str:
        """The statement that grants the user the privileges on a database, or on all databases."""
        return mariadb_grant(database, self.user)


def mariadb_address(address: str, user: str | None) -> MariaDBAddress:
    """Parse a URL `mariadb://user@host:port/database?ssl_ca=FILE`; raises `ValueError` for an invalid URL."""
    parts = urlsplit(address)
    if parts.password is not None:
        raise ValueError(CREDENTIALS_IN_ADDRESS)
    if not parts.hostname:
        raise ValueError("it names no host")
    options = dict(parse_qsl(parts.query))
    ca_file = options.pop("ssl_ca", None)
    if options:
        raise ValueError(f"the option {next(iter(options))} is not known; ssl_ca is")
    name = user or unquote(parts.username or "") or "root"
    return MariaDBAddress(parts.hostname, parts.port or PORT, unquote(parts.path.strip("/")) or None, name, ca_file)


class MariaDBServer(DatabaseSource):
    """An open, read-only connection to a server."""

    def __init__(self, address: MariaDBAddress, password: str | None, statement_timeout: float) -> None:
        self._address = address
        self._size = 0
        self._patience = statement_timeout + CONNECT_TIMEOUT
        with _explained(address):
            self._connection = BoundedConnection(
                host=address.host,
                port=address.port,
                user=address.user,
                password=password or "",
                database=address.database,
                charset="utf8mb4",
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=self._patience,
                write_timeout=CONNECT_TIMEOUT,
                ssl={"ca": address.ca_file} if address.ca_file else None,
                program_name="integration-daemon",
                defer_connect=True,
            )
            self._connection.expect_within(CONNECT_TIMEOUT)
            self._connection.connect()
        self._version = str(self._rows("SELECT VERSION()")[0][0])
        self._is_mariadb = "mariadb" in self._version.lower()
        limit = (
            f"max_statement_time = {statement_timeout:g}"
            if self._is_mariadb
            else f"max_execution_time = {int(statement_timeout * 1000)}"
        )
        self._rows(f"SET SESSION {limit}, group_concat_max_len = 4294967295, sql_mode = ''")
        self._rows("SET SESSION TRANSACTION READ ONLY")
        self.sees_every_schema = bool(self._rows(_SEES_ALL)[0][0])

    def describe(self) -> DatabaseDescription:
        technology = "MariaDB" if self._is_mariadb else "MySQL"
        return DatabaseDescription(
            path=f"{self._address.host}:{self._address.port}",
            name=f"{self._address.host}:{self._address.port}",
            technology=f"{technology} Relational Database",
            version=self._version,
            encoding=str(self._rows("SELECT @@character_set_server")[0][0]),
            further={} if self._address.database else {"sizeInBytes": str(roughly(self._size))},
            only_schema=self._address.database,
        )

    def schemas(self) -> list[SchemaDescription]:
        only = self._address.database
        return [
            SchemaDescription(name=name, is_readable=bool(readable))
            for name, readable in self._rows(_SCHEMAS)
            if only is None or name == only
        ]

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        if not schemas:
            return []
        within = " WHERE TABLE_SCHEMA IN %s"
        tables = self._rows(_TABLES + within, schemas)
        self._size = sum(int(row[6] or 0) for row in tables)
        parts: dict[Table, list[str]] = {(row[0], row[1]): [str(row[2:5]), str(_estimate(row[5]))] for row in tables}
        for schema, name, definition in self._rows(_VIEWS + within, schemas):
            parts.get((schema, name), []).append(definition or "")
        for source, digested in _DIGESTED.items():
            table = source.rpartition("FROM ")[2]
            expressions, _, order = digested.rpartition(" ORDER BY ")
            sql = (
                f"SELECT TABLE_SCHEMA, TABLE_NAME, MD5(GROUP_CONCAT(CONCAT_WS('|', {expressions}) ORDER BY {order}))"
                f" FROM {table}{within}{_ONLY_FOREIGN if source is _FOREIGN_KEYS else ''} GROUP BY 1, 2"
            )
            for schema, name, digest in self._rows(sql, schemas):
                parts.get((schema, name), []).append(digest)
        return [
            TableOutline(schema, name, blake2b("|".join(contents).encode(), digest_size=16).hexdigest())
            for (schema, name), contents in parts.items()
        ]

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        wanted = [(table.schema, table.name) for table in tables]
        within = " WHERE (TABLE_SCHEMA, TABLE_NAME) IN %s"
        columns = self._of_tables(_COLUMNS + within + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION", wanted)
        indexes = self._of_tables(_INDEXES + within + " ORDER BY INDEX_NAME, SEQ_IN_INDEX", wanted)
        keys = self._of_tables(
            _FOREIGN_KEYS + within + _ONLY_FOREIGN + " ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION", wanted
        )
        views = {(row[0], row[1]): str(row[2] or "") for row in self._rows(_VIEWS + within, wanted)}
        return [
            self._table(row, columns.get(at, []), indexes.get(at, []), keys.get(at, []), views.get(at))
            for row in self._rows(_TABLES + within, wanted)
            if (at := (row[0], row[1]))
        ]

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _table(
        self,
        row: Row,
        columns: list[Row],
        indexes: list[Row],
        keys: list[Row],
        definition: str | None,
    ) -> TableDescription:
        schema, name, kind, engine, comment, rows, _ = row
        unique = {key: parts for key, parts in _index_columns(indexes).items() if not parts[0][1]}
        found = {key: Key(key, [part[3] for part in parts]) for key, parts in unique.items()}
        return TableDescription(
            schema=schema,
            name=name,
            kind={"BASE TABLE": "table"}.get(kind, kind.lower()),
            description=(comment or None) if definition is None else None,
            columns=[self._column(column) for column in columns],
            view_definition=definition or None,
            primary_key=found.pop("PRIMARY", None),
            unique_keys=list(found.values()),
            foreign_keys=_foreign_keys(keys),
            indexes={
                key: f"{'' if parts[0][1] else 'unique '}{parts[0][2].lower()} ({', '.join(str(p[3]) for p in parts)})"
                for key, parts in _index_columns(indexes).items()
            },
            reads_from=tables_read(definition, "mysql", schema) if definition else (),
            estimated_rows=_estimate(rows),
            further={"engine": engine} if engine else {},
        )

    def _column(self, row: Row) -> ColumnDescription:
        _, _, name, kind, nullable, default, comment, extra, length, precision, scale, generated, base = row
        further = {"extra": extra} if extra else {}
        if base in ("decimal", "numeric"):
            further["scale"] = str(scale)
        if generated:
            further["generatedFrom"] = generated
        return ColumnDescription(
            name=name,
            data_type=kind,
            is_nullable=nullable == "YES",
            default=None if default == "NULL" and self._is_mariadb else default,
            description=comment or None,
            length=length if base in ("char", "varchar", "binary", "varbinary") else None,
            precision=precision if base in ("decimal", "numeric") else None,
            further=further,
        )

    def _of_tables(self, sql: str, wanted: Sequence[Table]) -> dict[Table, list[Row]]:
        return grouped(self._rows(sql, wanted), 0, 1)

    def _rows(self, sql: str, *parameters: Any) -> list[Row]:
        self._connection.expect_within(self._patience)
        with _explained(self._address), self._connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall())


def _index_columns(rows: Sequence[Row]) -> dict[str, list[tuple[str, bool, str, str]]]:
    indexes: dict[str, list[tuple[str, bool, str, str]]] = {}
    for _, _, name, not_unique, kind, column in rows:
        indexes.setdefault(name, []).append((name, bool(int(not_unique)), kind, column))
    return indexes


def _foreign_keys(rows: Sequence[Row]) -> list[ForeignKey]:
    return [
        ForeignKey(name, [row[3] for row in parts], parts[0][4], parts[0][5], [row[6] for row in parts])
        for name, parts in grouped(rows, 2).items()
    ]


def _estimate(rows: Any) -> int | None:
    return None if rows is None else roughly(int(rows))


@contextmanager
def _explained(address: MariaDBAddress) -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        raise _described(error, address) from None


def _described(error: pymysql.MySQLError, address: MariaDBAddress) -> Exception:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    cause = " ".join(str(error.args[-1] if error.args else type(error).__name__).split())
    if code == ER.BAD_DB_ERROR:
        return ConnectorConfigurationError(messages.DATABASE_NOT_FOUND, address=address, cause=cause)
    if code in _LOGIN_REFUSED:
        return UserNotAuthorizedError(messages.LOGIN_REFUSED, address=address, user=address.user, cause=cause)
    if code in _NOT_LET_IN:
        definition = with_grant(messages.LOGIN_REFUSED, address.grant(address.database))
        return UserNotAuthorizedError(definition, address=address, user=address.user, cause=cause)
    return ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=address, cause=cause)
