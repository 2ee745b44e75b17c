"""The metadata store of one incarnation of a connector.

It counts the changes, records those of a dry run without making them, and refuses every request after the end of the
incarnation.
"""

from collections.abc import Sequence

from services.errors import InvalidParameterError
from services.framework.dry_run import current_dry_run
from services.framework.messages import CONTEXT_CLOSED
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.store import MetadataStore
from services.metadata.well_formed import well_formed

_NAMES_AT_ONCE = 1_000


class FencedStore(MetadataStore):
    """A `MetadataStore` for one incarnation of one connector; closing it does not close the underlying store."""

    __slots__ = ("_closed", "_connector_name", "_incarnation", "_outcome", "_store")

    def __init__(self, store: MetadataStore, connector_name: str, incarnation: int) -> None:
        self._store = store
        self._connector_name = connector_name
        self._incarnation = incarnation
        self._closed = False
        self._outcome: Outcome | None = None

    def take_outcome(self) -> Outcome | None:
        """The changes made since the last call; `None` if there were none."""
        outcome, self._outcome = self._outcome, None
        return outcome

    def close(self) -> None:
        """Refuse all further requests."""
        self._closed = True

    def require_open(self) -> None:
        """Raise `InvalidParameterError` if the incarnation has ended."""
        self._open()

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._open().register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        found = await self._open().fingerprints(metadata_source, scope, after=after, limit=limit)
        if (dry := current_dry_run()) is not None:
            dry.note_read(metadata_source, scope, found)
        return found

    async def apply(self, batch: Batch) -> Outcome:
        self.require_open()
        batch = await well_formed(batch)
        store = self._open()
        if (dry := current_dry_run()) is not None:
            names = dry.unread(batch)
            for first in range(0, len(names), _NAMES_AT_ONCE):
                dry.note_found(await store.named(names[first : first + _NAMES_AT_ONCE]))
            return dry.suppose(batch)
        outcome = await store.apply(batch)
        if self._outcome is None:
            self._outcome = Outcome()
        self._outcome.add(outcome)
        return outcome

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._open().get(guids)

    async def named(self, names: Sequence[str]) -> list[ElementRecord]:
        return await self._open().named(names)

    async def find_page(self, query: Query) -> ElementPage:
        return await self._open().find_page(query)

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._open().find(query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._open().relationships(guids, type_name=type_name)

    async def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        return await self._open().lineage(guid, query)

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._open().changes(after, limit)

    async def aclose(self) -> None:
        self.close()

    def _open(self) -> MetadataStore:
        if self._closed:
            raise InvalidParameterError(CONTEXT_CLOSED, connector=self._connector_name, incarnation=self._incarnation)
        return self._store
