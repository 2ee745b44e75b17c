"""Cost of an unchanged refresh of a connector, with many small third parties.

It is compared with a scandir and stat of the same directories, and one SELECT of the fingerprints for each of them. The
same with a metadata server in another process is compared with the embedded store.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import apsw
import msgspec
import trio

from benchmarks.hosting import connector_config, daemon_of
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from benchmarks.program import METADATA_SERVER, program, write
from integration_daemon.config.document import IntegrationConnectorConfig
from integration_daemon.supervision import operations
from integration_daemon.supervision.daemon import Daemon
from services.files.context import folder_source_key
from services.files.data_files_monitor import DataFilesMonitor
from services.metadata.relational.tables import LAST_SOURCE_KEY, OWN_SOURCE
from services.metadata.remote import open_remote_store
from services.metadata.sqlite import open_sqlite_store, schema
from services.metadata.sqlite.reader import KEYS_AT_ONCE
from tests.servers.ports import free_port

FILES = 5

Take = tuple[float, float]
"""Processor time of one refresh in microseconds, and refreshes per second."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`cpu` and `refreshes_per_s` of 2,000 monitors of five files each; `ms` of 50 over a remote store."""
    monitors = 100 if plan.quick else 2_000
    with tempfile.TemporaryDirectory() as directory:
        roots = make_directories(Path(directory) / "trees", monitors)
        ours, bare = trio.run(refreshes, roots, Path(directory) / "store.sqlite", plan.repeats)
    case = f"{monitors:,} directories, unchanged"
    name = "scandir, stat and one SELECT"
    yield with_baseline("small", case, "cpu", ours[0], "us", name, bare[0])
    yield with_baseline("small", case, "refreshes_per_s", ours[1], "1/s", name, bare[1])
    remote, embedded = _remote(10 if plan.quick else 50, plan.repeats)
    yield with_baseline(
        "small", "50 directories, unchanged, remote store", "refresh_all", remote, "ms", "embedded", embedded
    )


def make_directories(parent: Path, number: int) -> list[Path]:
    """Create directories of five files each."""
    roots = [parent / f"{each:05}" for each in range(number)]
    for root in roots:
        root.mkdir(parents=True)
        for file in range(FILES):
            (root / f"{file}.csv").touch()
    return roots


def _configs(roots: list[Path]) -> list[IntegrationConnectorConfig]:
    return [connector_config(DataFilesMonitor, number, address=str(root)) for number, root in enumerate(roots)]


async def refreshes(roots: list[Path], path: Path, repeats: int) -> tuple[Take, Take]:
    """Refreshes of monitors of these directories, alternating with the bare operations."""
    ours: list[Take] = []
    bare: list[Take] = []
    async with open_sqlite_store(path) as store, daemon_of(_configs(roots), store) as daemon:
        for _ in range(repeats):
            ours.append(await refresh_all(daemon))
            bare.append(await trio.to_thread.run_sync(_bare, roots, path))
    return median_take(ours), median_take(bare)


async def refresh_all(daemon: Daemon) -> Take:
    """Refresh all connectors of a daemon once."""
    number, began = len(daemon.connectors), time.process_time()
    with Stopwatch() as watch:
        await operations.refresh(daemon)
    cpu = time.process_time() - began
    assert not any(connector.consecutive_failures for connector in daemon.connectors)
    return cpu / number * 1e6, number / watch.seconds


def _bare(roots: list[Path], path: Path) -> Take:
    connection, began = apsw.Connection(str(path)), time.process_time()
    with Stopwatch() as watch:
        for root in roots:
            with os.scandir(root) as entries:
                found = [entry.stat(follow_symlinks=False) for entry in entries]
            scope = folder_source_key(str(root))
            ((text,),) = connection.execute(
                schema.FINGERPRINTS, (OWN_SOURCE, scope, "", scope + LAST_SOURCE_KEY, KEYS_AT_ONCE)
            )
            held = msgspec.json.decode(text, type=dict[str, str])
            assert len(found) + 1 == len(held)
    cpu = time.process_time() - began
    connection.close()
    return cpu / len(roots) * 1e6, len(roots) / watch.seconds


def _remote(monitors: int, repeats: int) -> tuple[float, float]:
    """Milliseconds to refresh all: with a metadata server in another process, and with the embedded store."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        roots = make_directories(directory / "trees", monitors)
        document, port = write(directory / "metadata.json", METADATA_SERVER), free_port()
        with program(directory / "data", port, document):
            remote = trio.run(_over_http, roots, f"http://127.0.0.1:{port}", repeats)
        embedded, _ = trio.run(refreshes, roots, directory / "store.sqlite", repeats)
    return remote, monitors / embedded[1] * 1e3


async def _over_http(roots: list[Path], url: str, repeats: int) -> float:
    async with open_remote_store(url, "metadata", "benchmark") as store, daemon_of(_configs(roots), store) as daemon:
        takes = [await refresh_all(daemon) for _ in range(repeats * 4)]
    return len(roots) / median_take(takes)[1] * 1e3


def median_take(takes: list[Take]) -> Take:
    """The median of each figure."""
    return median(cpu for cpu, _ in takes), median(rate for _, rate in takes)
