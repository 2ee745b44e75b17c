"""A `MetadataStore` that detects its metadata server's protocol at the first use, and again after an outage."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import trio

from services.errors import MetadataServerUnavailableError
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore

T = TypeVar("T")


class NegotiatedStore(MetadataStore):
    """Passes every request to the store that `negotiate` returns, until the metadata server is unavailable."""

    def __init__(self, negotiate: Callable[[], Awaitable[MetadataStore]]) -> None:
        self._negotiate = negotiate
        self._store: MetadataStore | None = None
        self._negotiating = trio.Lock()

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._ask(lambda store: store.register_source(source, user=user))

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        return await self._ask(lambda store: store.fingerprints(metadata_source, scope, after=after, limit=limit))

    async def apply(self, batch: Batch) -> Outcome:
        return await self._ask(lambda store: store.apply(batch))

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._ask(lambda store: store.get(guids))

    async def find_page(self, query: Query) -> ElementPage:
        return await self._ask(lambda store: store.find_page(query))

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._ask(lambda store: store.find(query))

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._ask(lambda store: store.relationships(guids, type_name=type_name))

    async def linked(
        self, guids: Sequence[str], type_name: str
    ) -> tuple[list[RelationshipRecord], list[ElementRecord]]:
        return await self._ask(lambda store: store.linked(guids, type_name))

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._ask(lambda store: store.changes(after, limit))

    async def aclose(self) -> None:
        """Do nothing: the function that opened the store closes the client."""

    async def _ask(self, request: Callable[[MetadataStore], Awaitable[T]]) -> T:
        store = await self._agreed()
        try:
            return await request(store)
        except MetadataServerUnavailableError:
            if self._store is store:
                self._store = None  # another server may replace it
            raise

    async def _agreed(self) -> MetadataStore:
        if self._store is None:
            async with self._negotiating:
                if self._store is None:
                    self._store = await self._negotiate()
        return self._store
