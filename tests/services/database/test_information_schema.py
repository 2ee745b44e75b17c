"""The tables of Django, designed by others: the catalogue agrees with the information schema on every column."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer
from tests.services.database.monitors import Around, everything, monitored, related, written_again

COLUMNS = """
SELECT table_name, column_name, is_nullable, column_default, {type}, character_maximum_length
FROM information_schema.columns WHERE table_schema = '{schema}' ORDER BY table_name, ordinal_position
"""
KEYS = """
SELECT u.table_name, u.column_name FROM information_schema.table_constraints c
JOIN information_schema.key_column_usage u ON u.constraint_schema = c.constraint_schema
     AND u.constraint_name = c.constraint_name AND u.table_name = c.table_name
WHERE c.table_schema = '{schema}' AND c.constraint_type = '{kind}'
"""
REFERENCES = {
    "postgres": """
SELECT t.table_name, t.column_name, u.table_name, u.column_name FROM information_schema.referential_constraints r
JOIN information_schema.constraint_column_usage t ON t.constraint_name = r.constraint_name
JOIN information_schema.key_column_usage u ON u.constraint_name = r.constraint_name
""",
    "mariadb": """
SELECT referenced_table_name, referenced_column_name, table_name, column_name
FROM information_schema.key_column_usage WHERE table_schema = '{schema}' AND referenced_table_name IS NOT NULL
""",
}

Rows = list[tuple[Any, ...]]


class Witness:
    """A database with Django's tables, and its information schema."""

    def __init__(self, server: PostgresServer | MariaDBServer) -> None:
        if isinstance(server, PostgresServer):
            self.name, self.address, self.schema = "postgres", server.new_database(), "public"
            self._engine, self._user, self._database = "postgresql", "owner", self.address.rpartition("/")[2]
        else:
            self.name, self.address, self.schema = "mariadb", server.address("witness"), "witness"
            self._engine, self._user, self._database = "mysql", "root", "witness"
            server.execute("CREATE OR REPLACE DATABASE witness")
        self._server = server
        command = [sys.executable, "-m", "tests.services.database.django_tables", self._engine, "127.0.0.1"]
        subprocess.run([*command, str(server.port), self._user, self._database], check=True)

    def rows(self, sql: str, **inserts: str) -> Rows:
        """The result of a query on the information schema."""
        sql = sql.format(schema=self.schema, **inserts)
        if isinstance(self._server, PostgresServer):
            return self._server.rows(sql, self._database)
        return self._server.rows(f"USE {self._database}", sql)


@pytest.fixture(params=["postgres", "mariadb"])
def witness(request: pytest.FixtureRequest) -> Witness:
    return Witness(request.getfixturevalue(request.param))


async def test_every_column_is_catalogued_as_in_the_information_schema(witness: Witness, tmp_path: Path) -> None:
    async with monitored(tmp_path, witness.address) as (monitor, around):
        await monitor.refresh()
        told = await trio.to_thread.run_sync(lambda: _columns(witness))
        assert len(told) > 50
        assert await _catalogued(around) == told

        primary = await trio.to_thread.run_sync(lambda: witness.rows(KEYS, kind="PRIMARY KEY"))
        columns = await everything(around, "RelationalColumn")
        keys = {name for name, column in columns.items() if "PrimaryKey" in column.classifications}
        assert keys == {f"{table}::{column}" for table, column in primary}
        references = await trio.to_thread.run_sync(lambda: witness.rows(REFERENCES[witness.name]))
        assert len(references) > 5
        assert await related(around, "ForeignKey") == {(f"{a}::{b}", f"{c}::{d}") for a, b, c, d in references}

        assert await written_again(monitor, around) == []


def _columns(witness: Witness) -> dict[str, tuple[Any, ...]]:
    """The position, nullability, default, type and length of each column."""
    kind = "data_type" if witness.name == "postgres" else "column_type"
    positions: dict[str, int] = {}
    told: dict[str, tuple[Any, ...]] = {}
    for table, column, nullable, default, data_type, length in witness.rows(COLUMNS, type=kind):
        position = positions[table] = positions.get(table, -1) + 1
        if witness.name == "postgres":
            data_type = f"{data_type}({length})" if length else data_type
        else:  # the maximum length of a type is not a declared length
            length = length if "char" in data_type else None
            default = None if default == "NULL" else default
        told[f"{table}::{column}"] = (position, nullable == "YES", default, data_type, length)
    return told


async def _catalogued(around: Around) -> dict[str, tuple[Any, ...]]:
    names = ("elementPosition", "isNullable", "defaultValueOverride", "dataType", "length")
    columns = await everything(around, "RelationalColumn")
    return {name: tuple(column.properties.get(each) for each in names) for name, column in columns.items()}
