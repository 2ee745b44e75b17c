"""Growth of the cost of one unit with the number of units: a file, a refresh, a connector at rest, a page.

Each is compared with the cost at the smallest number. A ratio of 1 means that the cost is independent of the number.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import trio

from benchmarks import files, memory, queries, small
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from services.metadata.changes import Query
from services.metadata.sqlite import open_sqlite_store

DIRECTORIES = 100
"""Factor by which there are fewer directories of *small* than files, connectors and elements."""
PAGES = 50

Costs = dict[str, float]
"""The costs of one unit, by figure and unit."""


def measure(plan: Plan) -> Iterator[Figure]:
    """The costs at 10,000, 100,000 and 1,000,000."""
    sizes = (1_000, 2_000) if plan.quick else (10_000, 100_000, 1_000_000)
    yield from _growth("files", sizes, _files)
    yield from _growth("directories", [size // DIRECTORIES for size in sizes], _small)
    yield from _growth("connectors", sizes, _memory)
    yield from _growth("elements", sizes, lambda size: trio.run(_query, size))


def _growth(units: str, sizes: Sequence[int], cost: Callable[[int], Costs]) -> Iterator[Figure]:
    smallest: Costs = {}
    for size in sizes:
        costs = cost(size)
        smallest = smallest or costs
        for name, value in costs.items():
            figure, _, unit = name.rpartition(", ")
            case = f"{size:,} {units}"
            yield with_baseline("growth", case, figure, value, unit, f"{sizes[0]:,} {units}", smallest[name])


def _files(number: int) -> Costs:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        files.make_tree(root, number)
        first, rescan = trio.run(_scans, root, Path(directory) / "store.sqlite")
    return {"first scan of a file, us": first / number * 1e6, "unchanged file, us": rescan / number * 1e6}


async def _scans(root: Path, path: Path) -> tuple[float, float]:
    """Seconds of a first scan, and of the fastest unchanged scan."""
    async with open_sqlite_store(path) as store:
        monitor = files.files_monitor(root, store)
        await monitor.start()
        seconds = []
        for _ in range(4):
            with Stopwatch() as watch:
                await monitor.refresh()
            seconds.append(watch.seconds)
    return seconds[0], min(seconds[1:])


def _small(number: int) -> Costs:
    with tempfile.TemporaryDirectory() as directory:
        roots = small.make_directories(Path(directory) / "trees", number)
        cpu, _ = trio.run(small.refreshes, roots, Path(directory) / "store.sqlite", 3)[0]
    return {"unchanged refresh, us of CPU": cpu}


def _memory(number: int) -> Costs:
    return {"connector at rest, bytes": memory.bytes_per_connector(number)}


async def _query(number: int) -> Costs:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            await queries.fill(store, number)
            cursor = None
            with Stopwatch() as watch:
                for _ in range(PAGES):
                    page = await store.find_page(Query(type_name="CSVFile", page_size=queries.PAGE, cursor=cursor))
                    cursor = page.cursor
    return {"page by type, us": watch.seconds / PAGES * 1e6}
