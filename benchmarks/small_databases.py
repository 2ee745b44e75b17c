"""Cost of an unchanged refresh of many small PostgreSQL databases.

It is compared with connecting to each of them and reading the digests of its tables, with the same concurrency.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import trio

from benchmarks.hosting import connector_config, daemon_of
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from benchmarks.small import Take, median_take, refresh_all
from services.database import postgres_database
from services.database.database_monitor import DatabaseMonitor
from services.database.service import SERVICE
from services.metadata.sqlite import open_sqlite_store
from tests.servers.postgres import PostgresServer, postgres_server

TABLES = 20
COLUMNS = "id integer PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(), amount numeric(12, 2), note text"
AT_ONCE = 8
"""Number of databases that are read at the same time, in both cases."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`refresh_all` for 100 databases of 20 tables each."""
    databases = 5 if plan.quick else 100
    with postgres_server() as server, tempfile.TemporaryDirectory() as directory:
        urls = _make_databases(server, databases)
        ours, bare = trio.run(_refreshes, urls, Path(directory) / "store.sqlite", plan.repeats)
    yield with_baseline(
        "small-databases",
        f"{databases} PostgreSQL databases of {TABLES} tables, unchanged",
        "refresh_all",
        databases / ours[1] * 1e3,
        "ms",
        "connect and read the digests",
        databases / bare[1] * 1e3,
    )


def _make_databases(server: PostgresServer, number: int) -> list[str]:
    urls = [server.new_database() for _ in range(number)]
    for url in urls:
        with psycopg.connect(url) as connection:
            for table in range(TABLES):
                connection.execute(f"CREATE TABLE t{table} ({COLUMNS})")
    return urls


async def _refreshes(urls: list[str], path: Path, repeats: int) -> tuple[Take, Take]:
    configs = [connector_config(DatabaseMonitor, number, address=url) for number, url in enumerate(urls)]
    ours: list[Take] = []
    bare: list[Take] = []
    async with (
        open_sqlite_store(path) as store,
        daemon_of(configs, store, SERVICE, refreshes_at_once=AT_ONCE) as daemon,
    ):
        for _ in range(repeats):
            ours.append(await refresh_all(daemon))
            bare.append(await trio.to_thread.run_sync(_bare, urls))
    return median_take(ours), median_take(bare)


def _bare(urls: list[str]) -> Take:
    with ThreadPoolExecutor(AT_ONCE) as threads, Stopwatch() as watch:
        assert all(len(digests) == TABLES for digests in threads.map(_digests, urls))
    return 0.0, len(urls) / watch.seconds


def _digests(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(postgres_database.OUTLINE, (["public"],)).fetchall()
