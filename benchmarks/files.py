"""How many files a second the data files monitor catalogues, and compares when nothing has changed.

Beside both: a bare scandir and stat of the same tree.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import trio

from audit.log import AuditLog, Buffer, Component
from benchmarks.measure import Figure, Plan, Stopwatch, beside, interleaved
from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from services.framework.connection import Connection, Endpoint
from services.framework.context import ContextSettings
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore

FILES_IN_A_FOLDER = 100
EXTENSIONS = ("csv", "json", "parquet", "txt", "log", "py", "bin", "xml")


def measure(plan: Plan) -> Iterator[Figure]:
    """`files_per_s` of the first scan and of an unchanged re-scan of 100,000 files."""
    files = 2_000 if plan.quick else 100_000
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        _make_tree(root, files)
        bare_walk = "scandir and stat"
        first, bare = interleaved(
            min(plan.repeats, 3), lambda: trio.run(_first_scan, root, files), lambda: _bare(root, files)
        )
        yield beside("files", "first scan", "files_per_s", first, "1/s", bare_walk, bare)
        rescan, bare = trio.run(_rescans, root, files, plan.repeats)
        yield beside("files", "rescan", "files_per_s", rescan, "1/s", bare_walk, bare)


async def _first_scan(root: Path, files: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            monitor = _monitor(root, store)
            await monitor.start()
            with Stopwatch() as watch:
                await monitor.refresh()
    return files / watch.seconds


async def _rescans(root: Path, files: int, repeats: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            monitor = _monitor(root, store)
            await monitor.start()
            await monitor.refresh()
            rates: list[tuple[float, float]] = []
            for _ in range(repeats):
                with Stopwatch() as watch:
                    await monitor.refresh()
                rates.append((files / watch.seconds, await trio.to_thread.run_sync(_bare, root, files)))
    middle = len(rates) // 2
    return sorted(ours for ours, _ in rates)[middle], sorted(bare for _, bare in rates)[middle]


def _monitor(root: Path, store: MetadataStore) -> DataFilesMonitor:
    settings = ContextSettings(
        connector_name="benchmark",
        connector_id="benchmark",
        connection=Connection(endpoint=Endpoint(address=str(root))),
        user_id="benchmark",
        metadata_source="benchmark",
        permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
        incarnation=1,
        max_page_size=0,
        service_options={},
    )
    log = AuditLog(Buffer(1_000_000), Component(component_id=1, component_name="benchmark"))
    monitor = DataFilesMonitor()
    monitor.context = FilesIntegratorContext(settings, store, log)
    monitor.connection = settings.connection
    monitor.connector_name = settings.connector_name
    return monitor


def _make_tree(root: Path, files: int) -> None:
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
