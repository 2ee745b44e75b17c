"""A context returns all elements, whatever their number of pages and the content of each page."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import trio

from services.catalog.context import CatalogIntegratorContext
from services.database.context import DatabaseIntegratorContext
from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Batch, Change, Classify, Query
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile
from services.metadata.types.people import ContributionRecord
from services.metadata.types.relational import RelationalTable
from services.organization.context import OrganizationIntegratorContext
from services.security.context import SecurityIntegratorContext
from tests.services.contexts import surroundings

MANY = 250
"""Two pages and a half of the contexts of these tests."""
OURS = "source"
NAMES = [f"RelationalTable::db::{number:03}" for number in range(MANY)]


async def apply(store: MetadataStore, changes: Iterable[Change], *, source: str = "") -> None:
    await store.apply(Batch(user="somebody", metadata_source=source, changes=list(changes)))


async def names(pages: AllPages[ElementRecord]) -> list[str]:
    return [each.qualified_name async for each in pages]


async def test_security_properties_on_the_last_page_are_found(tmp_path: Path) -> None:
    async with surroundings(SecurityIntegratorContext, tmp_path) as around:
        await apply(around.store, (to_put(CSVFile(qualified_name=name)) for name in NAMES))
        tagged = [Classify(qualified_name=name, classification="SecurityTags") for name in (NAMES[0], NAMES[-1])]
        await apply(around.store, tagged)

        secured = [each.qualified_name async for each in around.context.protected_elements()]

        assert secured == [NAMES[0], NAMES[-1]]


async def test_elements_of_other_sources_are_found_beyond_pages_of_our_own(tmp_path: Path) -> None:
    async with surroundings(CatalogIntegratorContext, tmp_path, source=OURS) as around:
        await apply(around.store, (to_put(CSVFile(qualified_name=name)) for name in NAMES[:-1]), source=OURS)
        await apply(around.store, [to_put(CSVFile(qualified_name=NAMES[-1]))])

        assert await names(around.context.elements_to_send("CSVFile", None)) == [NAMES[-1]]


async def test_all_tables_and_all_contributions_are_returned(tmp_path: Path) -> None:
    async with surroundings(DatabaseIntegratorContext, tmp_path) as around:
        await apply(around.store, (to_put(RelationalTable(qualified_name=name)) for name in NAMES))
        assert await names(around.context.tables_of("db")) == NAMES
    async with surroundings(OrganizationIntegratorContext, tmp_path) as around:
        karma = [f"karma::{name}" for name in NAMES]
        await apply(around.store, (to_put(ContributionRecord(qualified_name=name)) for name in karma))
        assert await names(around.context.contributions()) == karma


@pytest.mark.parametrize("page_size", [0, 1, 50, MANY, MANY + 1])
async def test_a_query_is_followed_to_its_end_with_every_page_size(page_size: int, tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await apply(around.store, (to_put(CSVFile(qualified_name=name)) for name in NAMES))
        query = Query(type_name="CSVFile", page_size=page_size)

        assert await names(around.context.find_each(query)) == NAMES
        assert [each.qualified_name for each in await around.context.find_all(query)] == NAMES
        assert await names(around.context.find_each(Query(type_name="CSVFile", start_from=200))) == NAMES[200:]
        assert await names(around.context.find_each(Query(type_name="CSVFile", qualified_name="nobody"))) == []


async def test_a_plain_function_can_iterate_on_its_thread_and_stop_at_any_element(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await apply(around.store, (to_put(CSVFile(qualified_name=name)) for name in NAMES))
        everything = around.context.find_each(Query(type_name="CSVFile", page_size=100))

        def on_a_thread() -> tuple[str, list[str]]:
            first = next(iter(everything))
            return first.qualified_name, [each.qualified_name for each in everything]

        assert await trio.to_thread.run_sync(on_a_thread) == (NAMES[0], NAMES)
