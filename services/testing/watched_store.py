"""A store that counts its calls, and interrupts one of them."""

from collections.abc import Awaitable, Callable, Sequence

from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query, Remove
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.sorted_diff import PART
from services.metadata.store import MetadataStore

Interruption = Callable[[], Awaitable[None]]


class WatchedStore(MetadataStore):
    """A `MetadataStore` that delegates to another."""

    def __init__(self, store: MetadataStore) -> None:
        self.calls = 0
        self.writes = 0
        """The number of begun `apply` calls."""
        self.removals = 0
        """The number of elements whose removal has begun, without parts such as columns."""
        self._store = store
        self._interrupted_call = 0
        self._interruption: Interruption | None = None

    def interrupt(self, call: int, interruption: Interruption) -> None:
        """Await `interruption` before the call with this number, counted from now and from 1."""
        self._interrupted_call, self._interruption = self.calls + call, interruption

    def take_interruption(self) -> bool:
        """Cancel the interruption; returns whether it was still pending."""
        is_to_come, self._interruption = self._interruption is not None, None
        return is_to_come

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        await self._called()
        return await self._store.register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        await self._called()
        return await self._store.fingerprints(metadata_source, scope, after=after, limit=limit)

    async def apply(self, batch: Batch) -> Outcome:
        self.writes += 1
        self.removals += sum(isinstance(each, Remove) and PART not in each.source_key for each in batch.changes)
        await self._called()
        return await self._store.apply(batch)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        await self._called()
        return await self._store.get(guids)

    async def named(self, names: Sequence[str]) -> list[ElementRecord]:
        await self._called()
        return await self._store.named(names)

    async def find_page(self, query: Query) -> ElementPage:
        await self._called()
        return await self._store.find_page(query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        await self._called()
        return await self._store.relationships(guids, type_name=type_name)

    async def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        await self._called()
        return await self._store.lineage(guid, query)

    async def changes(self, after: int, limit: int) -> ChangePage:
        await self._called()
        return await self._store.changes(after, limit)

    async def aclose(self) -> None:
        await self._store.aclose()

    async def _called(self) -> None:
        self.calls += 1
        if self._interruption is not None and self.calls >= self._interrupted_call:
            interruption, self._interruption = self._interruption, None
            await interruption()
