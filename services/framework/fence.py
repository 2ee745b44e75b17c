"""The store as one run of a connector has it: it counts what is changed, and stops answering when the run has ended."""

from collections.abc import Sequence

from services.errors import InvalidParameterError
from services.framework.messages import CONTEXT_CLOSED
from services.metadata.changes import Batch, ChangePage, Outcome, Purge, Put, Query, Remove
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore
from services.metadata.well_formed import well_formed


class FencedStore:
    """A `MetadataStore` for one incarnation of one connector; closing it does not close the store behind it."""

    __slots__ = ("_closed", "_connector_name", "_dry", "_incarnation", "_outcome", "_store")

    def __init__(self, store: MetadataStore, connector_name: str, incarnation: int) -> None:
        self._store = store
        self._connector_name = connector_name
        self._incarnation = incarnation
        self._closed = False
        self._outcome: Outcome | None = None
        self._dry: dict[str, set[str]] | None = None

    def begin_dry_run(self) -> None:
        """From now on nothing is written: changes are only counted."""
        self._dry = {}

    @property
    def is_dry(self) -> bool:
        """Whether changes are only counted."""
        return self._dry is not None

    def take_outcome(self) -> Outcome | None:
        """What was changed since the last time, or would have been in a dry run, which is over then."""
        outcome, self._outcome, self._dry = self._outcome, None, None
        return outcome

    def close(self) -> None:
        """Refuse every request from now on."""
        self._closed = True

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._open().register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        found = await self._open().fingerprints(metadata_source, scope, after=after, limit=limit)
        if self._dry is not None:
            self._dry.setdefault(metadata_source, set()).update(found)
        return found

    async def apply(self, batch: Batch) -> Outcome:
        store = self._open()
        batch = well_formed(batch)
        outcome = await store.apply(batch) if self._dry is None else self._supposed(batch, self._dry)
        if self._outcome is None:
            self._outcome = Outcome()
        self._outcome.add(outcome)
        return outcome

    def _supposed(self, batch: Batch, known: dict[str, set[str]]) -> Outcome:
        """What a batch would do, as far as what was read tells."""
        places = known.get(batch.metadata_source, set())
        outcome = Outcome()
        for change in batch.changes:
            if isinstance(change, Remove):
                outcome.removed += 1
            elif isinstance(change, Put) and change.place not in places:
                outcome.created += 1
            elif not isinstance(change, Purge):
                outcome.updated += 1
        return outcome

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._open().get(guids)

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._open().find(query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._open().relationships(guids, type_name=type_name)

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._open().changes(after, limit)

    async def aclose(self) -> None:
        self.close()

    def _open(self) -> MetadataStore:
        if self._closed:
            raise InvalidParameterError(CONTEXT_CLOSED, connector=self._connector_name, incarnation=self._incarnation)
        return self._store
