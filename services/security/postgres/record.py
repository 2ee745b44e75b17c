"""The record of the connector's changes in a database, stored in that database.

The record is written in the transaction that makes the changes, so both are committed or neither, even if the daemon or
the server is killed. Only the user of the connector may write the record, whose former privileges are granted again.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from psycopg.sql import SQL, Composed, Identifier, Literal

from services.postgres.connection import BoundedConnection
from services.security.postgres.observed import RECORD_TYPES, Kind, TableRecords
from services.security.postgres.step import RecordChange

TABLE_NAME = "protection"
_STATE = """
SELECT n.oid IS NOT NULL, c.oid IS NOT NULL, c.relkind = 'r' AND pg_get_userbyid(c.relowner) = current_user
       AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) a
                       WHERE a.grantee <> c.relowner AND a.privilege_type <> 'SELECT')
FROM (SELECT %s::name AS schema_name) w LEFT JOIN pg_namespace n ON n.nspname = w.schema_name
LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = %s
"""


class UntrustedRecordError(Exception):
    """Users other than the connector's may write the table of records."""


class RecordTable:
    """The table of records in one database. All calls block."""

    def __init__(self, connection: BoundedConnection, schema: str, connector: str) -> None:
        self._connection = connection
        self._schema = schema
        self._connector = connector
        self.creation: list[Composed] = []
        """The statements that create the table, if it does not exist."""

    @property
    def _name(self) -> Identifier:
        return Identifier(self._schema, TABLE_NAME)

    def read(self) -> dict[int, TableRecords]:
        """All records of the connector, by the oid of the changed table; raises `UntrustedRecordError`."""
        row = self._connection.execute(_STATE, (self._schema, TABLE_NAME)).fetchone()
        assert row is not None
        has_schema, exists, is_ours = row
        self.creation = []
        if not exists:
            self.creation = self._creation(has_schema=has_schema)
            return {}
        if not is_ours:
            raise UntrustedRecordError(f"{self._schema}.{TABLE_NAME}")
        sql = SQL("SELECT table_oid::bigint, kind, key, data FROM {} WHERE connector = %s").format(self._name)
        found: dict[int, TableRecords] = {}
        for oid, kind, key, data in self._connection.execute(sql, (self._connector,)):
            named = Kind(kind)
            record = msgspec.json.decode(data, type=RECORD_TYPES[named])
            found.setdefault(oid, TableRecords({})).by_key[named, key] = record
        return found

    def writing(self, oid: int, changes: Iterable[RecordChange]) -> list[Composed]:
        """The statements that store records."""
        return [self._written(oid, each) for each in changes]

    def forget(self, oids: list[int]) -> None:
        """Delete the records of tables."""
        sql = SQL("DELETE FROM {} WHERE connector = %s AND table_oid = ANY(%s::oid[])").format(self._name)
        self._connection.execute(sql, (self._connector, oids))

    def _written(self, oid: int, change: RecordChange) -> Composed:
        key: list[Any] = [self._connector, oid, change.kind.value, change.key]
        if change.record is None:
            return SQL("DELETE FROM {} WHERE (connector, table_oid, kind, key) = ({}, {}, {}, {})").format(
                self._name, *map(Literal, key)
            )
        return SQL(
            "INSERT INTO {} (connector, table_oid, kind, key, data) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT (connector, table_oid, kind, key) DO UPDATE SET data = excluded.data"
        ).format(self._name, *map(Literal, key), Literal(msgspec.json.encode(change.record).decode()))

    def _creation(self, *, has_schema: bool) -> list[Composed]:
        table = SQL(
            "CREATE TABLE {} (connector text, table_oid oid, kind text, key text, data text NOT NULL,"
            " PRIMARY KEY (connector, table_oid, kind, key))"
        ).format(self._name)
        schema = SQL("CREATE SCHEMA {}").format(Identifier(self._schema))
        return [table] if has_schema else [schema, table]
