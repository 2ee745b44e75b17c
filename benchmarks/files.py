"""Rates at which the data files monitor catalogues files, and compares them when nothing has changed.

The first scan is compared with the bare pipeline: scandir and stat of the same tree, and upserts of the same rows into
the same tables. The re-scan is compared with scandir and stat. Both are repeated beside a busy event loop.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import trio

from benchmarks.baseline import Rows, rows_in, upsert
from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, peak_megabytes, with_baseline
from integration_daemon.supervision import operations
from integration_daemon.supervision.daemon import Daemon
from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from services.framework.connection import Connection, Endpoint
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.testing import unhosted_context

BUSY_CONNECTORS = 1_000
FILES_IN_A_FOLDER = 100
EXTENSIONS = ("csv", "json", "parquet", "txt", "log", "py", "bin", "xml")


def measure(plan: Plan) -> Iterator[Figure]:
    """`files_per_s` of the first scan and of an unchanged re-scan of 200,000 files."""
    files = 2_000 if plan.quick else 200_000
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        make_tree(root, files)
        rows = trio.run(_rows, root)
        first, bare = interleaved(
            min(plan.repeats, 3), lambda: trio.run(_first_scan, root, files), lambda: _bare_pipeline(root, files, rows)
        )
        yield with_baseline("files", "first scan", "files_per_s", first, "1/s", "scandir, stat and upserts", bare)
        rescan, bare = trio.run(_rescans, root, files, plan.repeats)
        yield with_baseline("files", "rescan", "files_per_s", rescan, "1/s", "scandir and stat", bare)
        busy_first, busy_rescan = trio.run(_beside_a_busy_loop, root, files)
        yield with_baseline(
            "files", "first scan, busy loop", "files_per_s", busy_first, "1/s", "with the loop at rest", first
        )
        yield with_baseline(
            "files", "rescan, busy loop", "files_per_s", busy_rescan, "1/s", "with the loop at rest", rescan
        )
        part, whole = _peak_memory(root / "part 0"), _peak_memory(root)
        yield with_baseline(
            "files", "both scans", "peak_memory", whole, "MB", "of a part of the tree, 10,000 files", part
        )


async def _first_scan(root: Path, files: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            monitor = files_monitor(root, store)
            await monitor.start()
            with Stopwatch() as watch:
                await monitor.refresh()
    return files / watch.seconds


async def _rescans(root: Path, files: int, repeats: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            monitor = files_monitor(root, store)
            await monitor.start()
            await monitor.refresh()
            rates: list[tuple[float, float]] = []
            for _ in range(repeats):
                with Stopwatch() as watch:
                    await monitor.refresh()
                rates.append((files / watch.seconds, await trio.to_thread.run_sync(_bare, root, files)))
    middle = len(rates) // 2
    return sorted(ours for ours, _ in rates)[middle], sorted(bare for _, bare in rates)[middle]


async def _beside_a_busy_loop(root: Path, files: int) -> tuple[float, float]:
    """Both rates, in the process of a daemon that continuously refreshes other connectors."""
    with tempfile.TemporaryDirectory() as directory:
        async with (
            running_daemon(BUSY_CONNECTORS) as daemon,
            open_sqlite_store(Path(directory) / "store.sqlite") as store,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(_refresh_for_ever, daemon)
            monitor = files_monitor(root, store)
            await monitor.start()
            rates: list[float] = []
            for _ in range(2):
                with Stopwatch() as watch:
                    await monitor.refresh()
                rates.append(files / watch.seconds)
            nursery.cancel_scope.cancel()
    return rates[0], rates[1]


async def _refresh_for_ever(daemon: Daemon) -> None:
    while True:
        await operations.refresh(daemon)


async def _rows(root: Path) -> Rows:
    """The rows of the tree in the catalogue."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "store.sqlite"
        async with open_sqlite_store(path) as store:
            monitor = files_monitor(root, store)
            await monitor.start()
            await monitor.refresh()
        return await trio.to_thread.run_sync(rows_in, path)


def _bare_pipeline(root: Path, files: int, rows: Rows) -> float:
    with tempfile.TemporaryDirectory() as directory, Stopwatch() as watch:
        _bare(root, files)
        upsert(rows, Path(directory) / "bare.sqlite")
    return files / watch.seconds


def files_monitor(root: Path, store: MetadataStore) -> DataFilesMonitor:
    """A monitor of a directory, with any store, outside a daemon."""
    monitor = DataFilesMonitor()
    monitor.context = unhosted_context(
        FilesIntegratorContext, store, connection=Connection(endpoint=Endpoint(address=str(root)))
    )
    monitor.connector_name = monitor.context.connector_name
    return monitor


def _peak_memory(root: Path) -> float:
    """Peak memory, in MB, of a separate process that scans a tree twice, or of its scan process if that is larger."""
    command = [sys.executable, "-m", "benchmarks.files", str(root)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def _scan_twice(root: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            monitor = files_monitor(root, store)
            await monitor.start()
            for _ in range(2):
                await monitor.refresh()


def make_tree(root: Path, files: int) -> None:
    """Create a directory with empty files in folders."""
    for number in range(0, files, FILES_IN_A_FOLDER):
        folder = root / f"part {number // 10_000}" / f"folder {number}"
        folder.mkdir(parents=True)
        for each in range(number, min(number + FILES_IN_A_FOLDER, files)):
            (folder / f"file {each}.{EXTENSIONS[each % len(EXTENSIONS)]}").touch()


def _bare(root: Path, files: int) -> float:
    with Stopwatch() as watch:
        seen = 0
        folders = [str(root)]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        entry.stat(follow_symlinks=False)
                        seen += 1
    assert seen == files
    return files / watch.seconds


if __name__ == "__main__":
    trio.run(_scan_twice, Path(sys.argv[1]))
    print(max(peak_megabytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
