"""Rate of cataloguing OpenLineage events, and time to follow lineage in a large graph.

Events are decoded, catalogued and committed in batches, from the spool. The rate for known jobs is compared with
decoding; the rate for new jobs with decoding and inserting the same elements and relationships, which were prepared
before. Lineage is followed 10 steps upstream, to at most 1,000 elements.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import trio

from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.cataloguer.connector import OpenLineageCataloguer
from services.lineage.openlineage.events import decode_event
from services.metadata.changes import Batch, Change, Link, Outcome, Query
from services.metadata.lineage import Direction, LineageQuery
from services.metadata.mapping import to_put
from services.metadata.postgres import open_postgres_store
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.metadata.types.lineage import Process
from services.metadata.types.relational import RelationalTable
from services.testing.running import connector_over, running_connector, settings_of
from services.testing.watched_store import WatchedStore
from tests.servers.postgres import postgres_server

COLUMNS = ("id", "name", "amount", "ward", "visited")
WAREHOUSE = "postgres://db:5432"
PARENT = {"run": {"runId": "00"}, "job": {"namespace": "etl", "name": "nightly"}}
SQL = "insert into {0} select {1} from source join other using (id) where visited > now() - interval '1 day'"


def measure(plan: Plan) -> Iterator[Figure]:
    """`events_per_s` of 1,000 known jobs and of new jobs; `p50` and `p99` of 10 steps in 100,000 elements."""
    jobs, runs = (100, 2) if plan.quick else (1_000, 20)
    known = [_event(job, run, state) for run in range(runs) for job in range(jobs) for state in ("START", "COMPLETE")]
    repeats = min(plan.repeats, 3)
    ours, bare = interleaved(repeats, lambda: trio.run(_known, known, jobs), lambda: _decode(known))
    case = f"{len(known):,} events of {jobs:,} known jobs"
    yield with_baseline("lineage", case, "events_per_s", ours, "1/s", "decoding", bare)
    new = [_event(job, 0, "COMPLETE") for job in range(100 if plan.quick else 5_000)]
    batches = trio.run(_recorded, new)
    ours, bare = interleaved(repeats, lambda: trio.run(_catalogued, new), lambda: trio.run(_inserted, new, batches))
    case = f"{len(new):,} events of new jobs"
    yield with_baseline("lineage", case, "events_per_s", ours, "1/s", "decoding and inserting", bare)
    size = 1_000 if plan.quick else 100_000
    with tempfile.TemporaryDirectory() as directory:
        yield from trio.run(_in_sqlite, Path(directory) / "store.sqlite", size)
    with postgres_server() as server:
        yield from trio.run(_in_postgres, server.new_database(), size)


def _event(job: int, run: int, state: str) -> bytes:
    """A typical event of about 3 kB, with a parent, SQL, schemas and column lineage."""

    def data_set(number: int, **facets: Any) -> dict[str, Any]:
        schema = {"fields": [{"name": each, "type": "text"} for each in COLUMNS]}
        return {"namespace": WAREHOUSE, "name": f"w.public.t{number}", "facets": {"schema": schema, **facets}}

    inputs = [data_set(max(job - step, 0)) for step in (1, 7)]
    fields = {each: {"inputFields": [{**_name(inputs[0]), "field": each}]} for each in COLUMNS}
    return msgspec.json.encode({
        "eventTime": f"2026-11-{1 + run:02}T06:{'00' if state == 'START' else '05'}:00.000Z",
        "eventType": state,
        "producer": "https://example.com/benchmark",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"01a215c1-49cf-7298-{run:04}-{job:012}", "facets": {"parent": PARENT}},
        "job": {
            "namespace": "etl",
            "name": f"load t{job + 1}",
            "facets": {
                "sql": {"query": SQL.format(f"t{job + 1}", ", ".join(COLUMNS))},
                "jobType": {"processingType": "BATCH", "integration": "DBT", "jobType": "MODEL"},
            },
        },
        "inputs": inputs,
        "outputs": [data_set(job + 1, columnLineage={"fields": fields})],
    })  # fmt: skip


def _name(data_set: dict[str, Any]) -> dict[str, str]:
    return {"namespace": data_set["namespace"], "name": data_set["name"]}


def _decode(events: Sequence[bytes]) -> float:
    with Stopwatch() as watch:
        for each in events:
            decode_event(each)
    return len(events) / watch.seconds


async def _known(events: Sequence[bytes], jobs: int) -> float:
    """Events per second, after their jobs are known."""
    with tempfile.TemporaryDirectory() as directory:
        async with running_connector(OpenLineageCataloguer, Path(directory)) as running:
            for part in ([_event(job, 0, "START") for job in range(jobs)], events):
                await running.connector.context.spool.append(part)
                with Stopwatch() as watch:
                    await running.refresh()
            return len(events) / watch.seconds


async def _catalogued(events: Sequence[bytes]) -> float:
    with tempfile.TemporaryDirectory() as directory:
        async with running_connector(OpenLineageCataloguer, Path(directory)) as running:
            await running.connector.context.spool.append(events)
            with Stopwatch() as watch:
                await running.refresh()
            return len(events) / watch.seconds


class _Recording(WatchedStore):
    """A store that keeps the applied batches."""

    def __init__(self, store: MetadataStore) -> None:
        super().__init__(store)
        self.batches: list[Batch] = []

    async def apply(self, batch: Batch) -> Outcome:
        self.batches.append(batch)
        return await super().apply(batch)


async def _recorded(events: Sequence[bytes]) -> list[Batch]:
    """The cataloguer's batches for events."""
    settings = settings_of(None, PermittedSynchronization.FROM_THIRD_PARTY)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        async with open_sqlite_store(directory / "store.sqlite") as inner:
            store = _Recording(inner)
            async with connector_over(store, OpenLineageCataloguer, settings, directory) as running:
                await running.call("initialize")
                await running.call("start")
                await running.connector.context.spool.append(events)
                await running.refresh()
            return store.batches


async def _inserted(events: Sequence[bytes], batches: Sequence[Batch]) -> float:
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            with Stopwatch() as watch:
                for each in events:
                    decode_event(each)
                for batch in batches:
                    await store.apply(batch)
            return len(events) / watch.seconds


async def _in_sqlite(path: Path, size: int) -> list[Figure]:
    async with open_sqlite_store(path) as store:
        return await _followed("SQLite", store, size)


async def _in_postgres(url: str, size: int) -> list[Figure]:
    async with open_postgres_store(url) as store:
        return await _followed("PostgreSQL", store, size)


async def _followed(name: str, store: MetadataStore, size: int) -> list[Figure]:
    """The times to follow lineage from random tables of the second half; earlier ones have shallow lineage."""
    await _fill(store, size)
    chance, milliseconds, reached = random.Random(7), [], []
    query = LineageQuery(direction=Direction.UPSTREAM, depth=10)
    for number in range(203):
        (start,) = await store.find(Query(qualified_name=_table(chance.randrange(size // 4, size // 2))))
        began = time.perf_counter()
        graph = await store.lineage(start.guid, query)
        if number >= 3:
            milliseconds.append((time.perf_counter() - began) * 1e3)
            reached.append(len(graph.nodes))
    at = statistics.quantiles(milliseconds, n=100, method="inclusive")
    case = f"{name}, {size:,} elements, 10 steps upstream"
    return [
        Figure(benchmark="lineage", case=case, figure="elements reached", value=statistics.median(reached), unit=""),
        Figure(benchmark="lineage", case=case, figure="p50", value=at[49], unit="ms"),
        Figure(benchmark="lineage", case=case, figure="p99", value=at[98], unit="ms"),
    ]


def _table(number: int) -> str:
    return f"RelationalTable::w::public::t{number}"


async def _fill(store: MetadataStore, size: int) -> None:
    """Half of the elements are tables, each written by a process from up to five tables nearby."""
    chance = random.Random(1)
    batch: list[Change] = []
    for number in range(size // 2):
        batch.append(to_put(RelationalTable(qualified_name=_table(number), display_name=f"t{number}")))
        feeds = {max(number - chance.randrange(1, 2_000), 0) for _ in range(5)} - {number}
        links = [Link("DataFlow", _table(each)) for each in feeds]
        links.append(Link("DataFlow", _table(number), at_end1=False))
        batch.append(to_put(Process(qualified_name=f"Process::{number}", display_name=f"load {number}"), links=links))
        if len(batch) >= 5_000 or number + 1 == size // 2:
            await store.apply(Batch(user="benchmark", metadata_source="pipeline", changes=batch))
            batch = []
