"""Time to read a page of elements as the store grows: p50 and p99 of many pages at each size, in each store.

The pages start at different positions of the store. Searches are measured after the store has indexed its elements,
which it does in the background after the first search; `index` is the time for this, and the size that it adds.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import trio

from benchmarks.measure import Figure, Plan, Stopwatch
from services.metadata.changes import Batch, Change, Link, Query
from services.metadata.mapping import to_put
from services.metadata.postgres import open_postgres_store
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, DataFile, FileFolder, JSONFile, ParquetFile
from tests.servers.postgres import postgres_server

PAGE = 100
FILES_IN_A_FOLDER = 99
"""A folder and its files are a hundred elements."""
TOPICS = ("sales", "stock", "staff", "patients", "invoices", "orders", "sensors")
KINDS: tuple[tuple[type[DataFile], str], ...] = (
    (CSVFile, "csv"),
    (CSVFile, "csv"),
    (JSONFile, "json"),
    (ParquetFile, "parquet"),
    (DataFile, "bin"),
)

Take = Callable[[random.Random], Awaitable[object]]
"""Reads one page, at a random position."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`p50` and `p99` of a page for each kind of query, at 10,000 to 1,000,000 elements."""
    pages = 30 if plan.quick else 300
    for size in plan.sizes(10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as directory:
            yield from trio.run(_in_sqlite, Path(directory) / "store.sqlite", size, pages)
        with postgres_server() as server:
            yield from trio.run(_in_postgres, server.new_database(), size, pages)


async def _in_sqlite(path: Path, size: int, pages: int) -> list[Figure]:
    def megabytes() -> float:
        return sum(each.stat().st_size for each in path.parent.iterdir()) / 1e6

    async with open_sqlite_store(path) as store:
        return await _figures("SQLite", store, size, pages, megabytes)


async def _in_postgres(url: str, size: int, pages: int) -> list[Figure]:
    def megabytes() -> float:
        with psycopg.connect(url) as connection:
            connection.execute("CHECKPOINT")
            ((found,),) = connection.execute("SELECT pg_database_size(current_database())").fetchall()
        return float(found) / 1e6

    async with open_postgres_store(url) as store:
        return await _figures("PostgreSQL", store, size, pages, megabytes)


async def _figures(
    name: str, store: MetadataStore, size: int, pages: int, megabytes: Callable[[], float]
) -> list[Figure]:
    case = f"{name}, {size:,} elements"
    await fill(store, size)
    before = await trio.to_thread.run_sync(megabytes)
    with Stopwatch() as watch:
        await _index(store)
    after = await trio.to_thread.run_sync(megabytes)
    figures = [
        Figure(benchmark="queries", case=case, figure="on disk", value=before, unit="MB"),
        Figure(benchmark="queries", case=case, figure="on disk with the index", value=after, unit="MB"),
        Figure(benchmark="queries", case=case, figure="index", value=watch.seconds, unit="s"),
    ]
    takes = _takes(store, size, await _cursors(store, size))
    for kind, take in takes.items():
        milliseconds = [await _milliseconds(take, random.Random(number)) for number in range(-3, pages)][3:]
        at = statistics.quantiles(milliseconds, n=100, method="inclusive")
        for figure, value in (("p50", at[49]), ("p99", at[98])):
            figures.append(Figure(benchmark="queries", case=f"{case}, {kind}", figure=figure, value=value, unit="ms"))
    return figures


async def _index(store: MetadataStore) -> None:
    while True:
        page = await store.find_page(Query(text="sales", page_size=1))
        if page.indexed_to is None:
            return
        await trio.sleep(0.05)


async def _milliseconds(take: Take, chance: random.Random) -> float:
    began = time.perf_counter()
    await take(chance)
    return (time.perf_counter() - began) * 1e3


async def _cursors(store: MetadataStore, size: int) -> list[str | None]:
    """Start positions of pages: the oldest element, and after each twentieth of the store."""
    starts = range(0, size - PAGE, max(size // 20, 1))
    return [None, *[(await store.find_page(Query(start_from=start, page_size=PAGE))).cursor for start in starts]]


def _takes(store: MetadataStore, size: int, cursors: list[str | None]) -> dict[str, Take]:
    """A page for each kind of query."""

    def page(query: Callable[[random.Random], Query]) -> Take:
        async def take(chance: random.Random) -> object:
            wanted = query(chance)
            return await store.find_page(
                Query(
                    type_name=wanted.type_name,
                    name_pattern=wanted.name_pattern,
                    text=wanted.text,
                    cursor=chance.choice(cursors),
                    page_size=PAGE,
                )
            )

        return take

    async def relationships(chance: random.Random) -> object:
        (element,) = await store.find(Query(qualified_name=_folder_name(chance.randrange(size // 100))))
        return await store.relationships([element.guid])

    async def one(chance: random.Random) -> object:
        (element,) = await store.find(Query(qualified_name=_folder_name(chance.randrange(size // 100))))
        return element

    def anywhere(chance: random.Random) -> int:
        return chance.randrange(size)

    return {
        "by type": page(lambda chance: Query(type_name=chance.choice(["DataFile", "CSVFile", "FileFolder", "Asset"]))),
        "by name, its beginning": page(
            lambda chance: Query(name_pattern=f"/data/{chance.choice(TOPICS)}/{anywhere(chance) // 1000}*")
        ),
        "by name, a part": page(lambda chance: Query(name_pattern=f"*{anywhere(chance)}*")),
        "by name, its end": page(lambda chance: Query(name_pattern=f"*.{chance.choice(KINDS)[1]}")),
        "by name, two letters": page(lambda chance: Query(name_pattern=f"*{anywhere(chance) % 100}*")),
        "by text, a common word": page(lambda chance: Query(text=chance.choice([*TOPICS, "csv", "data"]))),
        "by text, a rare word": page(lambda chance: Query(text=str(anywhere(chance)))),
        "by text, two words": page(lambda chance: Query(text=f"{chance.choice(TOPICS)} {anywhere(chance)}")),
        "by text, a beginning": page(lambda chance: Query(text=chance.choice(["s*", "sal*", "inv*", "par*", "1*"]))),
        "by type and text": page(lambda chance: Query(type_name="FileFolder", text="parquet")),
        "relationships of one": relationships,
        "one by its name": one,
    }


async def fill(store: MetadataStore, size: int) -> None:
    """Put folders and files into a store, `size` elements in all."""
    batch: list[Change] = []
    for number in range(0, size, 1 + FILES_IN_A_FOLDER):
        batch += _folder(number)
        if len(batch) >= 5_000 or number + 1 + FILES_IN_A_FOLDER >= size:
            await store.apply(Batch(user="benchmark", metadata_source="landing area", changes=batch))
            batch = []


def _folder_name(number: int) -> str:
    return f"FileFolder::/data/{TOPICS[number % len(TOPICS)]}/{number}"


def _folder(first: int) -> Iterator[Change]:
    """A folder and its files, with links to the folder."""
    number = first // (1 + FILES_IN_A_FOLDER)
    name = _folder_name(number)
    path = name.removeprefix("FileFolder::")
    yield to_put(FileFolder(qualified_name=name, path_name=path, display_name=str(number)), source_key=path + "/")
    for each in range(first + 1, first + 1 + FILES_IN_A_FOLDER):
        kind, extension = KINDS[each % len(KINDS)]
        file = f"{TOPICS[each % len(TOPICS)]} {each}.{extension}"
        element = kind(
            qualified_name=f"{kind.type_name()}::{path}/{file}",
            display_name=file,
            path_name=f"{path}/{file}",
            file_name=file,
            file_extension=extension,
            file_size=each,
        )
        yield to_put(element, source_key=f"{path}/{file}", links=(Link("NestedFile", name),))
