"""The fence: a connector accesses the metadata store through it until its incarnation ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from services.errors import InvalidParameterError
from services.framework.dry_run import dry_run
from services.framework.fence import FencedStore
from services.metadata.changes import Batch, Outcome, Query, Relate, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import DataFile

SOURCE = MetadataSource(qualified_name="source", display_name="The source")


def batch(*names: str) -> Batch:
    return Batch(
        user="npa", metadata_source="source", changes=[to_put(DataFile(qualified_name=name)) for name in names]
    )


@asynccontextmanager
async def fence(directory: Path) -> AsyncIterator[tuple[FencedStore, MetadataStore]]:
    async with open_sqlite_store(directory / "store.sqlite") as store:
        yield FencedStore(store, "connector", 7), store


async def test_requests_reach_the_store_unchanged(tmp_path: Path) -> None:
    async with fence(tmp_path) as (fenced, store):
        guid = await fenced.register_source(SOURCE, user="peter")
        (source,) = await store.get([guid])
        assert (source.created_by, source.qualified_name) == ("peter", "source")
        await fenced.apply(batch("/a", "/b", "/c", "other"))
        assert list(await fenced.fingerprints("source", "/")) == ["/a", "/b", "/c"]
        assert list(await fenced.fingerprints("source", "/", after="/a", limit=1)) == ["/b"]
        assert await fenced.fingerprints("somebody else", "/") == {}
        (found,) = await fenced.find(Query(qualified_name="/b"))
        assert await fenced.get([found.guid]) == [found]
        assert (await fenced.find_page(Query(qualified_name="/b"))).elements == [found]
        first, second = await fenced.changes(0, 1), await fenced.changes(1, 1)
        assert (first.changes[0].qualified_name, second.changes[0].qualified_name) == ("source", "/a")
        relate = Relate(type_name="SemanticAssignment", end1="/a", end2="/b")
        await fenced.apply(Batch(user="npa", changes=[relate]))
        assert len(await fenced.relationships([found.guid])) == 1
        assert await fenced.relationships([found.guid], type_name="NestedFile") == []


REQUESTS: list[Callable[[FencedStore], Awaitable[Any]]] = [
    lambda fenced: fenced.register_source(SOURCE, user="npa"),
    lambda fenced: fenced.fingerprints("source", "/"),
    lambda fenced: fenced.apply(batch("/a")),
    lambda fenced: fenced.get([]),
    lambda fenced: fenced.find(Query()),
    lambda fenced: fenced.find_page(Query()),
    lambda fenced: fenced.relationships([]),
    lambda fenced: fenced.changes(0, 1),
]


@pytest.mark.parametrize("request_of", REQUESTS)
@pytest.mark.parametrize("by_itself", [True, False])
async def test_every_request_of_an_ended_incarnation_is_refused(
    request_of: Callable[[FencedStore], Awaitable[Any]], by_itself: bool, tmp_path: Path
) -> None:
    async with fence(tmp_path) as (fenced, store):
        await request_of(fenced)
        if by_itself:
            await fenced.aclose()
        else:
            fenced.close()
        text = "Integration connector connector used its context after its run number 7 had ended"
        with pytest.raises(InvalidParameterError, match=text):
            await request_of(fenced)
        await store.find(Query())  # closing the fence does not close the store


async def test_changes_are_counted_until_the_outcome_is_taken(tmp_path: Path) -> None:
    async with fence(tmp_path) as (fenced, _):
        assert fenced.take_outcome() is None
        await fenced.apply(batch("/a", "/b"))
        await fenced.apply(batch("/b", "/c"))
        outcome = fenced.take_outcome()
        assert outcome is not None
        assert (outcome.created, outcome.unchanged) == (3, 1)
        assert fenced.take_outcome() is None


async def test_a_malformed_batch_is_refused_even_in_a_dry_run(tmp_path: Path) -> None:
    class Unknown:
        pass

    wrong = Batch(user="npa", metadata_source="source", changes=[Unknown()])  # type: ignore[list-item]
    async with fence(tmp_path) as (fenced, _):
        with pytest.raises(TypeError, match=r"a change is one of .*, not Unknown"):
            await fenced.apply(wrong)
        with dry_run() as run, pytest.raises(TypeError, match=r"a change is one of .*, not Unknown"):
            await fenced.apply(wrong)
        assert run.changes.outcome == Outcome()


async def test_a_dry_run_writes_nothing_and_notes_the_elements_read(tmp_path: Path) -> None:
    async with fence(tmp_path) as (fenced, store):
        await fenced.apply(batch("/a"))
        fenced.take_outcome()
        with dry_run() as run:
            await fenced.fingerprints("source", "/")
            assert await fenced.apply(batch("/a", "/b")) == Outcome(created=1, unchanged=1)
            assert (run.changes.created, run.changes.updated) == (["/b"], [])
        with dry_run():
            assert await fenced.apply(batch("/a", "/b")) == Outcome(created=1, unchanged=1)
        assert fenced.take_outcome() is None
        assert len(await store.find(Query(type_name="DataFile"))) == 1
        remove = Batch(user="npa", metadata_source="source", changes=[Remove(source_key="/a")])
        assert (await fenced.apply(remove)).removed == 1


async def test_other_tasks_run_while_a_large_batch_is_checked(tmp_path: Path) -> None:
    malformed: Any = "no change"
    large = Batch(user="npa", changes=[*batch(*map(str, range(2_000))).changes, malformed])
    async with fence(tmp_path) as (fenced, _), trio.open_nursery() as nursery:
        nursery.start_soon(_close, fenced)
        with pytest.raises(TypeError, match="a change is one of"):
            await fenced.apply(large)
        with pytest.raises(InvalidParameterError):  # closed by the other task, not later
            fenced.require_open()


async def test_a_batch_of_an_incarnation_that_ends_while_it_is_checked_is_not_applied(tmp_path: Path) -> None:
    async with fence(tmp_path) as (fenced, store), trio.open_nursery() as nursery:
        nursery.start_soon(_close, fenced)
        with pytest.raises(InvalidParameterError):
            await fenced.apply(batch(*map(str, range(2_000))))
        assert await store.find(Query()) == []


async def _close(fenced: FencedStore) -> None:
    fenced.close()
