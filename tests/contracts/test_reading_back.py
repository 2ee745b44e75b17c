"""Reading the catalogue: text search, the change feed, and deleting archived elements after their retention time."""

from datetime import UTC, datetime, timedelta

from services.metadata.changes import Batch, Change, ElementChange, Purge, Query, Relate, Remove
from services.metadata.element import ElementStatus
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import DataFile
from tests.contracts.stores import own_store as own_store  # the fixtures
from tests.contracts.stores import store as store


def file(name: str, **properties: str) -> Change:
    return to_put(DataFile(qualified_name=name, **properties), source_key=name)  # type: ignore[arg-type]


async def applied(store: MetadataStore, *changes: Change) -> None:
    await store.apply(Batch(user="npa", metadata_source="source", changes=changes))


async def named(store: MetadataStore, text: str, **more: bool) -> list[str]:
    return [each.qualified_name for each in await store.find(Query(text=text, **more))]  # type: ignore[arg-type]


async def followed(store: MetadataStore, after: int, *, limit: int = 100) -> tuple[list[ElementChange], int]:
    page = await store.changes(after, limit)
    return [each for each in page.changes if each.type_name == "DataFile"], page.last


async def test_a_text_search_finds_words_of_names_and_descriptions(store: MetadataStore) -> None:
    await applied(
        store,
        file("/data/sales_2024-final.csv", display_name="sales_2024-final.csv", description="Umsätze nach Region"),
        file("/data/sales_2023.csv", display_name="sales_2023.csv"),
    )
    assert await named(store, "sales 2024") == ["/data/sales_2024-final.csv"]
    assert await named(store, "umsatze") == ["/data/sales_2024-final.csv"]
    assert len(await named(store, "sal*")) == 2
    assert await named(store, "sal") == []
    for odd in ('"', "AND", "NOT sales", "(", "*", "", "a:b", "^"):
        await named(store, odd)  # no stemming, which would depend on the language

    await applied(store, file("/data/sales_2023.csv", display_name="renamed.csv"), Remove(source_key="/nowhere"))
    assert await named(store, "renamed") == ["/data/sales_2023.csv"]
    await applied(store, Remove(source_key="/data/sales_2023.csv", delete=True))
    assert await named(store, "renamed") == []
    await applied(store, Remove(source_key="/data/sales_2024-final.csv"))
    assert await named(store, "region") == []
    assert await named(store, "region", include_archived=True) == ["/data/sales_2024-final.csv"]


async def test_the_change_feed_returns_each_element_once_in_its_current_state(own_store: MetadataStore) -> None:
    await applied(own_store, file("a"), file("b"), file("c"))
    seen, last = await followed(own_store, 0)
    assert [(each.qualified_name, each.status) for each in seen] == [(name, ElementStatus.ACTIVE) for name in "abc"]
    assert (await followed(own_store, last)) == ([], last)

    await applied(own_store, file("a", description="new"), Remove(source_key="b"), Remove(source_key="c", delete=True))
    seen, last = await followed(own_store, last)
    assert [(each.qualified_name, each.status.name, each.metadata_source) for each in seen] == [
        ("a", "ACTIVE", "source"),
        ("b", "ARCHIVED", "source"),
        ("c", "DELETED", "source"),
    ]
    assert seen[0].element is not None
    assert seen[0].element.properties["description"] == "new"
    assert seen[2].element is None

    await applied(own_store, file("a", description="new"))  # no further changes
    assert (await followed(own_store, last)) == ([], last)
    await applied(own_store, file("d"), Relate(type_name="DataFlow", end1="a", end2="d"))
    seen, _ = await followed(own_store, last)
    assert sorted(each.qualified_name for each in seen) == ["a", "d"]


async def test_the_change_feed_is_paged(own_store: MetadataStore) -> None:
    await applied(own_store, *(file(f"{number:03}") for number in range(25)))
    names: list[str] = []
    last, ended = 0, False
    while not ended:
        page = await own_store.changes(last, 10)
        names += [each.qualified_name for each in page.changes if each.type_name == "DataFile"]
        last, ended = page.last, page.is_last
    assert names == [f"{number:03}" for number in range(25)]


async def test_a_purge_deletes_elements_that_were_archived_long_ago(store: MetadataStore) -> None:
    await applied(store, file("/a/1"), file("/a/2"), file("/b/1"))
    await applied(store, Remove(source_key="/a/1"), Remove(source_key="/b/1"))
    now = datetime.now(UTC)

    async def purged(before: datetime) -> int:
        change = Purge(scope="/a/", archived_before=before)
        outcome = await store.apply(Batch(user="npa", metadata_source="source", changes=[change]))
        return outcome.purged

    assert await purged(now - timedelta(days=1)) == 0
    assert await purged(now + timedelta(days=1)) == 1
    left = await store.find(Query(type_name="DataFile", include_archived=True))
    assert sorted(each.qualified_name for each in left) == ["/a/2", "/b/1"]
