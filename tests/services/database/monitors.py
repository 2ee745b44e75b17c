"""Database monitors on test databases, without a daemon."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import duckdb

from services.database.context import DatabaseIntegratorContext
from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.metadata.changes import ElementChange, Query
from services.metadata.element import ElementRecord
from services.metadata.removal import DeletionSafety
from services.secret import Secret
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer
from tests.services.contexts import Surroundings, surroundings

Around = Surroundings[DatabaseIntegratorContext]

Execute = Callable[..., None]


@asynccontextmanager
async def monitored(
    directory: Path,
    address: str,
    *,
    user: str | None = None,
    password: str | None = None,
    safety: DeletionSafety = DeletionSafety(),  # noqa: B008 - frozen
    **properties: Any,
) -> AsyncIterator[tuple[DatabaseMonitor, Around]]:
    """A started monitor with its context, store and audit log."""
    connection = Connection(
        endpoint=Endpoint(address=address),
        user_id=user,
        clear_password=Secret(password) if password else None,
        configuration_properties=properties,
    )
    async with surroundings(DatabaseIntegratorContext, directory, connection=connection, safety=safety) as around:
        monitor = DatabaseMonitor()
        monitor.context, monitor.connector_name = around.context, "monitor"
        await monitor.start()
        yield monitor, around


async def everything(around: Around, type_name: str) -> dict[str, ElementRecord]:
    """All elements of a type, by the last part of their names."""
    found: list[ElementRecord] = []
    while page := await around.store.find(Query(type_name=type_name, start_from=len(found))):
        found += page
    return {"::".join(each.qualified_name.split("::")[-2:]): each for each in found}


async def written_again(monitor: DatabaseMonitor, around: Around) -> list[ElementChange]:
    """Refresh again, and return the changes it wrote."""
    last = (await around.store.changes(0, 1000)).last
    await monitor.refresh()
    return (await around.store.changes(last, 1000)).changes


async def related(around: Around, type_name: str) -> set[tuple[str, str]]:
    """The ends of all relationships of a type, by the last part of their names."""
    guids = [
        each.guid
        for kind in ("RelationalTable", "RelationalColumn")
        for each in (await everything(around, kind)).values()
    ]
    links = await around.store.relationships(guids, type_name=type_name)
    ends = await around.store.get([guid for link in links for guid in (link.end1_guid, link.end2_guid)])
    names = {each.guid: "::".join(each.qualified_name.split("::")[-2:]) for each in ends}
    return {(names[link.end1_guid], names[link.end2_guid]) for link in links}


class Hospital:
    """The same small database in one of the technologies."""

    def __init__(self, address: str, schema: str, execute: Execute) -> None:
        self.address = address
        self.schema = schema
        self.execute = execute
        """Run statements in it."""


TABLES = (
    "CREATE TABLE ward (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE,"
    " beds DECIMAL(5, 1) DEFAULT 0)",
    "CREATE TABLE patient (id INTEGER NOT NULL PRIMARY KEY, ward_id INTEGER, born DATE,"
    " FOREIGN KEY (ward_id) REFERENCES ward (id))",
    "CREATE INDEX patient_by_birth ON patient (born)",
    "CREATE VIEW crowded AS SELECT ward.name, count(*) AS patients FROM ward JOIN patient ON patient.ward_id = ward.id"
    " GROUP BY ward.name",
)


def in_postgres(server: PostgresServer, _: Path) -> Hospital:
    address = server.new_database()
    name = address.rpartition("/")[2]
    hospital = Hospital(address, "public", lambda *statements: server.execute(*statements, database=name))
    hospital.execute(*TABLES)
    return hospital


def in_mariadb(server: MariaDBServer, directory: Path) -> Hospital:
    name = f"hospital_{abs(hash(directory)):x}"
    server.execute(f"CREATE DATABASE {name}")

    def execute(*statements: str) -> None:
        server.execute(f"USE {name}", *statements)

    execute(*TABLES)
    return Hospital(server.address(name), name, execute)


def in_sqlite(directory: Path) -> Hospital:
    path = directory / "hospital.sqlite"

    def execute(*statements: str) -> None:
        connection = apsw.Connection(str(path))
        for statement in statements:
            connection.execute(statement)
        connection.close()

    execute(*TABLES)
    return Hospital(f"sqlite://{path}", "main", execute)


def in_duckdb(directory: Path) -> Hospital:
    path = directory / "hospital.duckdb"

    def execute(*statements: str) -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    execute(*TABLES)
    return Hospital(f"duckdb://{path}", "main", execute)
