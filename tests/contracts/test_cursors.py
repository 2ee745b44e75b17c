"""Pages by cursor: each element is returned once, even if elements are written, archived or deleted between pages."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from services.errors import InvalidParameterError
from services.metadata.changes import Batch, Change, Classify, ElementPage, Query, Remove
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, DataFile, FileFolder
from tests.contracts.stores import own_store

store = own_store  # the fixture: a server of Egeria pages by offset, which does not stand still


def file(number: int, kind: type[DataFile] = DataFile) -> Change:
    name = f"/data/sales_{number:05}.csv"
    return to_put(kind(qualified_name=name, path_name=name, display_name=f"sales {number}"), source_key=name)


def removal(number: int, *, delete: bool = False) -> Change:
    return Remove(source_key=f"/data/sales_{number:05}.csv", delete=delete)


async def applied(store: MetadataStore, *changes: Change) -> None:
    await store.apply(Batch(user="npa", metadata_source="landing", changes=changes))


async def indexed(store: MetadataStore) -> None:
    """Search until the text index has seen everything that was written."""
    while (await store.find_page(Query(text="sales", page_size=1))).indexed_to is not None:
        pass


async def pages(store: MetadataStore, query: Query) -> AsyncIterator[ElementPage]:
    """Yield all pages of a query, following the cursors."""
    cursor = None
    while True:
        page = await store.find_page(replace(query, cursor=cursor))
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def numbers(page: ElementPage) -> list[int]:
    return [int(each.qualified_name[-9:-4]) for each in page.elements]


QUERIES = {
    "type": Query(type_name="DataFile", page_size=7),
    "types": Query(type_name="Asset", page_size=7),
    "archived": Query(type_name="Asset", include_archived=True, page_size=7),
    "name": Query(name_pattern="/data/sales_*.csv", page_size=7),
    "part": Query(name_pattern="*ales_0*", page_size=7),
    "letter": Query(name_pattern="*s*", page_size=7),
    "text": Query(text="sales", page_size=7),
    "beginning": Query(text="sal* dat*", page_size=7),
    "type, text": Query(type_name="DataFile", text="csv", page_size=7),
    "source": Query(metadata_source="landing", type_name="Asset", page_size=7),
    "property": Query(property_values={"pathName": "/data/sales_00042.csv"}, page_size=7),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_every_matching_element_is_on_exactly_one_page(query: Query, store: MetadataStore) -> None:
    await applied(store, *(file(number, CSVFile if number % 3 else DataFile) for number in range(50)))
    await applied(store, removal(13), removal(14, delete=True))

    found = [page async for page in pages(store, query)]

    left = [number for number in range(50) if number != 14 and (query.include_archived or number != 13)]
    expected = [42] if query.property_values else left
    assert [number for page in found for number in numbers(page)] == expected
    assert all(len(page.elements) <= 7 for page in found)
    assert [page.indexed_to for page in found] == [None] * len(found)


@pytest.mark.parametrize("query", [QUERIES["type"], QUERIES["part"], QUERIES["text"]], ids=["type", "part", "text"])
async def test_remaining_elements_are_returned_once_while_others_are_added_changed_and_removed(
    query: Query, store: MetadataStore
) -> None:
    await applied(store, *(file(number) for number in range(40)))
    met: list[int] = []
    new = 100

    async for page in pages(store, query):
        met += numbers(page)
        if page.cursor is not None and met[-1] < 100:
            removed = met[-1]  # the element at the cursor
            await applied(store, removal(removed, delete=True), removal(met[0]), file(new))
            await applied(store, Classify(qualified_name="/data/sales_00020.csv", classification=f"Seen{new}"))
            new += 1

    assert [number for number in met if number < 100] == list(range(40))
    assert [number for number in met if number >= 100] == list(range(100, new))


async def test_a_cursor_stays_valid_when_its_element_is_deleted(store: MetadataStore) -> None:
    await applied(store, *(file(number) for number in range(20)))
    first = await store.find_page(Query(type_name="DataFile", page_size=10))
    await applied(store, *(removal(number, delete=True) for number in range(5, 15)))

    rest = await store.find_page(Query(type_name="DataFile", page_size=10, cursor=first.cursor))

    assert numbers(rest) == list(range(15, 20))
    assert rest.cursor is None


async def test_start_from_skips_elements_after_the_cursor(store: MetadataStore) -> None:
    await applied(store, *(file(number) for number in range(20)))
    first = await store.find_page(Query(type_name="DataFile", start_from=3, page_size=4))
    second = await store.find_page(Query(type_name="DataFile", start_from=3, page_size=4, cursor=first.cursor))

    assert numbers(first) == [3, 4, 5, 6]
    assert numbers(second) == [10, 11, 12, 13]


@pytest.mark.parametrize("cursor", ["", "-1", "x", "1" * 19, "1 OR 1"])
async def test_an_invalid_cursor_is_refused(cursor: str, store: MetadataStore) -> None:
    with pytest.raises(InvalidParameterError, match="cursor"):
        await store.find_page(Query(cursor=cursor))


async def test_a_search_for_a_common_word_in_a_rare_type_has_bounded_pages_and_find_returns_all(
    store: MetadataStore,
) -> None:
    for first in range(0, 5_000, 1_000):
        await applied(store, *(file(number) for number in range(first, first + 1_000)))
    folder = to_put(FileFolder(qualified_name="/data/sales"), source_key="/data/")
    await applied(store, folder)
    query = Query(type_name="FileFolder", text="sales", page_size=10)
    await indexed(store)

    found = [page async for page in pages(store, query)]

    assert len(found) > 1, "the first page has looked at all elements with that word"
    assert [each.qualified_name for page in found for each in page.elements] == ["/data/sales"]
    assert [each.qualified_name for each in await store.find(query)] == ["/data/sales"]


async def test_a_page_says_how_far_the_text_index_is_and_later_finds_the_rest(store: MetadataStore) -> None:
    for first in range(0, 3_000, 1_000):
        await applied(store, *(file(number) for number in range(first, first + 1_000)))
    query = Query(text="02999")

    page = await store.find_page(query)
    assert page.elements == []
    assert page.indexed_to is not None
    assert page.indexed_to < (await store.changes(page.indexed_to, 1)).changes[0].number

    await indexed(store)
    assert numbers(await store.find_page(query)) == [2_999]


async def test_part_of_a_name_is_found_before_and_after_indexing(store: MetadataStore) -> None:
    for first in range(0, 5_000, 1_000):
        await applied(store, *(file(number) for number in range(first, first + 1_000)))
    query = Query(name_pattern="*04999*")
    assert [each.qualified_name for each in await store.find(query)] == ["/data/sales_04999.csv"]

    await indexed(store)
    assert [each.qualified_name for each in await store.find(query)] == ["/data/sales_04999.csv"]

    renamed = to_put(DataFile(qualified_name="/data/stock_04998.csv"), source_key="/data/sales_04998.csv")
    await applied(store, renamed)
    assert [each.qualified_name for each in await store.find(Query(name_pattern="*stock*"))] == [
        "/data/stock_04998.csv"
    ]
    assert await store.find(Query(name_pattern="*sales_04998*")) == []
    by_value = await store.find(Query(property_values={"displayName": "sales 4999"}))
    assert [each.qualified_name for each in by_value] == ["/data/sales_04999.csv"]
