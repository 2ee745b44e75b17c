"""Rate of writing elements to a metadata store in PostgreSQL, compared with the embedded store."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import trio

from benchmarks.files import make_tree
from benchmarks.measure import Figure, Plan, interleaved, with_baseline
from benchmarks.remote import embedded_first_scan, first_scan
from services.metadata.postgres import open_postgres_store
from tests.servers.postgres import postgres_server


def measure(plan: Plan) -> Iterator[Figure]:
    """`elements_per_s` of the first scan of 20,000 files."""
    files = 1_000 if plan.quick else 20_000
    with postgres_server() as server, tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        make_tree(root, files)
        ours, embedded = interleaved(
            min(plan.repeats, 3),
            lambda: trio.run(_first_scan, root, files, server.new_database()),
            lambda: trio.run(embedded_first_scan, root, files),
        )
    yield with_baseline("postgres", "first scan", "elements_per_s", ours, "1/s", "into the embedded store", embedded)


async def _first_scan(root: Path, files: int, url: str) -> float:
    async with open_postgres_store(url) as store:
        return await first_scan(root, files, store)
