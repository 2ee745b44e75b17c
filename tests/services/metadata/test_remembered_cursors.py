"""Numbered pages continue after the previous page, as long as its cursor is remembered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.metadata.changes import Batch, Query, Remove
from services.metadata.mapping import to_put
from services.metadata.remembered_cursors import MOST, RememberedCursors
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MetadataStore]:
    async with open_sqlite_store(tmp_path / "store.sqlite") as opened:
        await opened.apply(Batch(user="npa", changes=[to_put(CSVFile(qualified_name=name)) for name in "abcdefghij"]))
        yield opened


async def deleted(store: MetadataStore, name: str) -> None:
    await store.apply(Batch(user="npa", changes=[Remove(source_key=name, delete=True)]))


async def page(cursors: RememberedCursors, store: MetadataStore, start: int, size: int = 2, kind: str = "Asset") -> str:
    found = await cursors.find_full_page(store, Query(type_name=kind, start_from=start, page_size=size))
    return "".join(each.qualified_name for each in found.elements)


async def test_a_page_continues_after_the_previous_page_despite_removals(store: MetadataStore) -> None:
    cursors = RememberedCursors()
    assert await page(cursors, store, 0) == "ab"
    await deleted(store, "a")
    assert await page(cursors, store, 2) == "cd"
    assert await page(cursors, store, 2, size=3) == "cde"
    assert await page(cursors, store, 4) == "ef"
    assert await page(cursors, store, 5) == "fg"
    assert await page(cursors, store, 7, size=9) == "hij"


async def test_a_page_without_a_remembered_cursor_is_found_by_counting(store: MetadataStore) -> None:
    cursors = RememberedCursors()
    await deleted(store, "a")
    assert await page(cursors, store, 2) == "de"
    assert await page(cursors, store, 4) == "fg"
    assert await page(cursors, store, 4, kind="CSVFile") == "fg"
    assert await page(cursors, store, 100) == ""


async def test_the_least_recently_used_cursor_is_forgotten(store: MetadataStore) -> None:
    cursors = RememberedCursors()
    assert await page(cursors, store, 0) == "ab"
    await deleted(store, "a")
    for size in range(1, 4):
        for kind in ("DataFile", "CSVFile"):
            await page(cursors, store, 0, size=size, kind=kind)
    assert await page(cursors, store, 2) == "cd", "it is still known"

    for number in range(MOST):
        await cursors.find_full_page(store, Query(metadata_source="", updated_since=None, start_from=0, page_size=1,
                                                  name_pattern=f"*[b{number}]*"))  # fmt: skip
    assert await page(cursors, store, 2) == "de", "it is counted from the oldest element"
