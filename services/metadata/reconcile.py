"""Reconcile: a connector states what is there, and the difference is applied.

    async with context.reconcile(scope="/landing/") as catalog:
        for batch in scan:
            await catalog.put(batch)

A connector that is written as plain functions leaves out `async` and `await`.

Creations and updates are committed batch by batch, so a scan that is killed keeps what it got to. Removals are
made only on a clean exit, only inside the scope, only of this source's own elements, and only as far as the deletion
safety allows (`removal.py`). On an exception, and on cancellation, nothing is removed.
"""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType

import trio

from services.metadata.changes import Batch, Change, Outcome, Purge, Put, Remove
from services.metadata.removal import SAMPLE, CompletedScan, DeletionSafety, ScanJudge
from services.metadata.store import MetadataStore

REMOVALS_IN_A_BATCH = 1_000


class Catalog:
    """What a connector states into, while its reconcile is open."""

    def __init__(self, store: MetadataStore, *, user: str, metadata_source: str, known: dict[str, str]) -> None:
        self.outcome = Outcome()
        self._store = store
        self._user = user
        self._metadata_source = metadata_source
        self._known = known
        self._unseen = set(known)
        self._unchanged = 0
        """Counted by the thread that scans, while what it has found is written."""

    def is_unchanged(self, place: str, fingerprint: str) -> bool:
        """State that something is at `place`, and learn whether the store holds it just so.

        The quick path of a scan: what is unchanged needs no `Put`. May be called from the one worker thread
        that scans.
        """
        self._unseen.discard(place)
        if self._known.get(place) != fingerprint:
            return False
        self._unchanged += 1
        return True

    def is_there(self, place: str) -> None:
        """State that something is at `place` whose details cannot be read now: it is neither changed nor removed."""
        self._unseen.discard(place)

    def are_there(self, scope: str) -> None:
        """State that whatever the store holds in a part of the scope is there: it could not be looked into."""
        self._unseen = {place for place in self._unseen if not place.startswith(scope)}

    async def put(self, puts: Sequence[Put]) -> Outcome:
        """State some elements; those that differ from what the store holds are written, in one transaction.

        What is rejected is reported in the outcome, and is neither an exception nor a removal.
        """
        changed = [put for put in puts if not self.is_unchanged(put.place, put.fingerprint)]
        return await self.put_changed(changed) if changed else Outcome()

    async def put_changed(self, puts: Sequence[Put]) -> Outcome:
        """State elements that `is_unchanged` has said to differ: they are written, in one transaction."""
        return await self._apply(puts)

    def completed(self, scope: str, most: int) -> CompletedScan:
        """What the scan came to; of what is gone, at most so many places."""
        gone = sorted(self._unseen)
        outcome = self.outcome
        outcome.unchanged, self._unchanged = outcome.unchanged + self._unchanged, 0
        return CompletedScan(
            scope=scope,
            seen=outcome.created + outcome.updated + outcome.unchanged + len(outcome.rejected),
            known=len(self._known),
            gone_count=len(gone),
            gone=gone if len(gone) <= most else gone[:SAMPLE],
        )

    async def remove_unseen(self, places: Sequence[str] | None, *, delete: bool, archive_process: str) -> None:
        """Remove what the store held in the scope and nobody stated: these places, or all of it."""
        allowed = self._unseen if places is None else self._unseen.intersection(places)
        gone = sorted(allowed, reverse=True)  # what is inside a folder goes before the folder
        for first in range(0, len(gone), REMOVALS_IN_A_BATCH):
            places = gone[first : first + REMOVALS_IN_A_BATCH]
            await self._apply([Remove(place=place, delete=delete, archive_process=archive_process) for place in places])

    async def purge(self, scope: str, archived_before: datetime) -> None:
        """Delete for good what was archived long enough ago; some at a time."""
        while (await self._apply([Purge(scope=scope, archived_before=archived_before)])).purged:
            pass

    async def _apply(self, changes: Sequence[Change]) -> Outcome:
        outcome = await self._store.apply(
            Batch(user=self._user, metadata_source=self._metadata_source, changes=changes)
        )
        self.outcome.add(outcome)
        return outcome


class BlockingCatalog:
    """A catalog for a connector that is written as plain functions, on its worker thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @property
    def outcome(self) -> Outcome:
        """What has been done so far."""
        return self._catalog.outcome

    def put(self, puts: Sequence[Put]) -> Outcome:
        """State some elements, as `Catalog.put` does."""
        return trio.from_thread.run(self._catalog.put, puts)

    def are_there(self, scope: str) -> None:
        """State that a part of the scope could not be looked into, as `Catalog.are_there` does."""
        self._catalog.are_there(scope)


class Reconcile:
    """The open and close of one reconcile; made by `IntegrationContext.reconcile`."""

    def __init__(
        self,
        store: MetadataStore,
        *,
        user: str,
        metadata_source: str,
        scope: str,
        delete: bool,
        archive_process: str,
        judge: ScanJudge,
        safety: DeletionSafety,
        purge_before: datetime | None = None,
    ) -> None:
        self._store = store
        self._user = user
        self._metadata_source = metadata_source
        self._scope = scope
        self._judge = judge
        self._safety = safety
        self._purge_before = purge_before
        """When what was archived before is deleted for good, if that is due."""
        self._delete = delete
        self._archive_process = archive_process
        self._catalog: Catalog | None = None

    async def __aenter__(self) -> Catalog:
        known = await self._store.fingerprints(self._metadata_source, self._scope)
        self._catalog = Catalog(self._store, user=self._user, metadata_source=self._metadata_source, known=known)
        return self._catalog

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._catalog is not None and error is None:
            places = await self._judge.scan_completed(self._catalog.completed(self._scope, self._safety.most))
            await self._catalog.remove_unseen(places, delete=self._delete, archive_process=self._archive_process)
            if self._purge_before is not None:
                await self._catalog.purge(self._scope, self._purge_before)

    def __enter__(self) -> BlockingCatalog:
        return BlockingCatalog(trio.from_thread.run(self.__aenter__))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        trio.from_thread.run(self.__aexit__, kind, error, traceback)
