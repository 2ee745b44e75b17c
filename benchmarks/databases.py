"""Time to catalogue a PostgreSQL database, and to find it unchanged.

The first refresh is compared with reading the same rows from the system catalogs and writing the resulting rows into
the same tables. The re-scan is compared with the bare read.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import trio

from benchmarks.baseline import Rows, rows_in, upsert
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from services.database import postgres_database
from services.database.context import DatabaseIntegratorContext
from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.testing import unhosted_context
from tests.servers.postgres import postgres_server

SCHEMAS = 10
TYPES = (
    "integer NOT NULL", "bigint", "text", "varchar(40) NOT NULL", "numeric(12, 2) DEFAULT 0",
    "timestamptz DEFAULT now()", "boolean", "uuid", "jsonb", "date",
)  # fmt: skip
COLUMNS = 20


def measure(plan: Plan) -> Iterator[Figure]:
    """`seconds` of the first refresh and of an unchanged re-scan, of 10,000 tables with 200,000 columns."""
    tables = 100 if plan.quick else 10_000
    with postgres_server() as server, tempfile.TemporaryDirectory() as directory:
        url = server.new_database()
        _make_tables(url, tables)
        path = Path(directory) / "store.sqlite"
        trio.run(_catalogued, url, path)
        rows, repeats = rows_in(path), min(plan.repeats, 3)
        first, bare = interleaved(repeats, lambda: trio.run(_first, url), lambda: _bare_pipeline(url, rows))
        yield with_baseline(
            "databases", f"{tables:,} tables, first", "seconds", first, "s", "bare read and write", bare
        )
        again, bare = interleaved(repeats, lambda: trio.run(_again, url, path), lambda: _bare_read(url))
        yield with_baseline("databases", f"{tables:,} tables, unchanged", "seconds", again, "s", "bare read", bare)


def _make_tables(url: str, tables: int) -> None:
    columns = ", ".join(f"c{number} {TYPES[number % len(TYPES)]}" for number in range(COLUMNS))
    with psycopg.connect(url, autocommit=True) as connection:
        for schema in range(SCHEMAS):
            connection.execute(f"CREATE SCHEMA s{schema}")
            for number in range(tables // SCHEMAS):
                key = f", FOREIGN KEY (c0) REFERENCES s{schema}.t{number - 1}" if number % 2 else ""
                connection.execute(f"CREATE TABLE s{schema}.t{number} ({columns}, PRIMARY KEY (c0){key})")


async def _catalogued(url: str, path: Path) -> None:
    async with open_sqlite_store(path) as store:
        await _monitor(url, store)


async def _first(url: str) -> float:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            return await _monitor(url, store)


async def _again(url: str, path: Path) -> float:
    async with open_sqlite_store(path) as store:
        return await _monitor(url, store)


def _bare_pipeline(url: str, rows: Rows) -> float:
    with tempfile.TemporaryDirectory() as directory, Stopwatch() as watch:
        _bare_read(url)
        upsert(rows, Path(directory) / "bare.sqlite")
    return watch.seconds


def _bare_read(url: str) -> float:
    """Read every row that the monitor needs, with one query for each kind."""
    with Stopwatch() as watch, psycopg.connect(url) as connection:

        def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
            return connection.execute(sql, parameters or None).fetchall()

        oids = rows(
            "SELECT oid::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text ~ '^s\\d'"
        )
        tables = [oid for (oid,) in oids]
        rows(postgres_database.TABLES, tables)
        rows(postgres_database.COLUMNS.format(tables="%s::oid[]"), tables)
        rows(postgres_database.KEYS, tables)
        rows(postgres_database.INDEXES, tables)
    return watch.seconds


async def _monitor(url: str, store: MetadataStore) -> float:
    """Refresh a monitor of the database once."""
    monitor = DatabaseMonitor()
    monitor.context = unhosted_context(
        DatabaseIntegratorContext, store, connection=Connection(endpoint=Endpoint(address=url))
    )
    monitor.connector_name = monitor.context.connector_name
    await monitor.start()
    with Stopwatch() as watch:
        await monitor.refresh()
    return watch.seconds
