"""A metadata store that measures its calls."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from integration_daemon.supervision.dispatch.histogram import Histogram
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.store import MetadataStore

READ, WRITE = "read", "write"


class MeasuredStore(MetadataStore):
    """Passes every call on to a store, and records its duration and its failure."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self.durations = {READ: Histogram(), WRITE: Histogram()}
        self.errors = {READ: 0, WRITE: 0}
        """The numbers of calls that raised an exception."""

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        except Exception:
            self.errors[kind] += 1
            raise
        finally:
            self.durations[kind].add(time.perf_counter() - began)

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        """As the store does it."""
        with self._timed(WRITE):
            return await self._store.register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.fingerprints(metadata_source, scope, after=after, limit=limit)

    async def apply(self, batch: Batch) -> Outcome:
        """As the store does it."""
        with self._timed(WRITE):
            return await self._store.apply(batch)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.get(guids)

    async def named(self, names: Sequence[str]) -> list[ElementRecord]:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.named(names)

    async def find_page(self, query: Query) -> ElementPage:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.find_page(query)

    async def find_full_page(self, query: Query) -> ElementPage:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.find_full_page(query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.relationships(guids, type_name=type_name)

    async def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.lineage(guid, query)

    async def changes(self, after: int, limit: int) -> ChangePage:
        """As the store does it."""
        with self._timed(READ):
            return await self._store.changes(after, limit)

    async def aclose(self) -> None:
        """Close the store."""
        await self._store.aclose()
