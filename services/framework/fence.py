"""A store that stops answering when the run of the connector it was given to has ended."""

from collections.abc import Sequence

from services.errors import InvalidParameterError
from services.framework.messages import CONTEXT_CLOSED
from services.metadata.changes import Batch, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore


class FencedStore:
    """A `MetadataStore` for one incarnation of one connector; closing it does not close the store behind it."""

    def __init__(self, store: MetadataStore, connector_name: str, incarnation: int) -> None:
        self._store = store
        self._connector_name = connector_name
        self._incarnation = incarnation
        self._closed = False

    def close(self) -> None:
        """Refuse every request from now on."""
        self._closed = True

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._open().register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        return await self._open().fingerprints(metadata_source, scope, after=after, limit=limit)

    async def apply(self, batch: Batch) -> Outcome:
        return await self._open().apply(batch)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._open().get(guids)

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._open().find(query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._open().relationships(guids, type_name=type_name)

    async def aclose(self) -> None:
        self.close()

    def _open(self) -> MetadataStore:
        if self._closed:
            raise InvalidParameterError(CONTEXT_CLOSED, connector=self._connector_name, incarnation=self._incarnation)
        return self._store
