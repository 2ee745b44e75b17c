"""The interface of all stores of open metadata."""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.lineage_walk import walk


class MetadataStore(Protocol):
    """Open metadata, in batches. Any number of tasks may use one store at once.

    Every method raises `MetadataServerUnavailableError` when the store cannot be reached and
    `PropertyServerError` when it fails; a cancelled `apply` may or may not have been committed, as a whole.
    """

    __slots__ = ()

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        """The GUID of the metadata source with this qualified name, which is created if it does not exist."""

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        """Fingerprints of all active elements of the source whose source keys begin with `scope`, by source key.

        In the order of source keys; `after` and `limit` select one page of them, and only the last page is shorter than
        `limit`.
        """

    async def apply(self, batch: Batch) -> Outcome:
        """Apply a batch in one transaction."""

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """The elements with these GUIDs, including archived elements; unknown GUIDs are omitted."""

    async def named(self, names: Sequence[str]) -> list[ElementRecord]:
        """The active elements with these qualified names, in no particular order; unknown names are omitted."""
        found: list[ElementRecord] = []
        for name in dict.fromkeys(names):
            found += await self.find(Query(qualified_name=name, page_size=1))
        return found

    async def find_page(self, query: Query) -> ElementPage:
        """A page of the matching elements, found in a time that does not grow with the store."""

    async def find_full_page(self, query: Query) -> ElementPage:
        """A page that is short only at the end, composed of the results of several calls of `find_page`."""
        page = await self.find_page(query)
        elements, size = page.elements, min(query.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE)
        while page.cursor is not None and len(elements) < size:
            rest = replace(query, cursor=page.cursor, start_from=0, page_size=size - len(elements))
            page = await self.find_page(rest)
            elements = elements + page.elements
        return replace(page, elements=elements)

    async def find(self, query: Query) -> list[ElementRecord]:
        """The elements of a full page."""
        return (await self.find_full_page(query)).elements

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """Relationships that have one of these elements at either end, of one type or of all.

        Relationships to other elements that are archived are left out.
        """

    async def linked(
        self, guids: Sequence[str], type_name: str
    ) -> tuple[list[RelationshipRecord], list[ElementRecord]]:
        """The result of `relationships`, and the elements at their ends that the response contains.

        The list of elements is empty for a store whose responses contain no elements.
        """
        return await self.relationships(guids, type_name=type_name), []

    async def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        """The elements that an element's data comes from or goes to, and the relationships between them.

        The nearest are first. A store that uses one query for this also returns archived elements.
        """
        return await walk(self, guid, query)

    async def changes(self, after: int, limit: int) -> ChangePage:
        """The changes after the change with this number, oldest first; 0 for all changes."""

    async def aclose(self) -> None:
        """Commit the accepted changes and close the store; may be called more than once."""
