"""Reconcile: a connector states the elements of its source, and the differences are applied to the catalogue.

    async with context.reconcile(scope="/landing/") as catalog:
        for batch in scan:
            await catalog.put(batch)

A connector written as plain functions omits `async` and `await`.

Creations and updates are committed batch by batch, so the progress of a killed scan is kept. Removals are
made only on a clean exit, only inside the scope, only of this source's own elements, and only as far as the deletion
safety allows (`removal.py`). On an exception, and on cancellation, nothing is removed.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Generic, TypeVar

import msgspec
import trio

from services.errors import InvalidParameterError
from services.metadata.changes import Batch, Change, Outcome, Purge, Put, Remove
from services.metadata.messages import COMPARISON_NOT_REPORTED
from services.metadata.removal import SAMPLE, CompletedScan, DeletionSafety, RemovalPolicy
from services.metadata.sorted_diff import PART, SortedDiff
from services.metadata.store import MetadataStore

REMOVALS_IN_A_BATCH = 1_000
KEYS_IN_A_PAGE = 10_000


class ReconcileTarget(msgspec.Struct, frozen=True):
    """The part of a metadata store that is reconciled, and the user of the requests."""

    store: MetadataStore
    user: str
    metadata_source: str
    scope: str
    delete: bool = False
    """True if removed elements are permanently deleted; otherwise they are archived."""
    archive_process: str = ""
    """The process recorded as having archived an element."""


class AnyCatalog(ABC):
    """The catalogue to which a connector states elements during a reconcile."""

    def __init__(self, target: ReconcileTarget) -> None:
        self.outcome = Outcome()
        self._target = target

    @abstractmethod
    async def open(self) -> None:
        """Read the elements that the store holds, or prepare to do so."""

    @abstractmethod
    def missing(self) -> list[str]:
        """Source keys of the elements of the scope that were not stated, in order."""

    @abstractmethod
    def figures(self) -> tuple[int, int]:
        """The numbers of elements in the scope, without their parts, and of unchanged ones."""

    async def put_changed(self, puts: Sequence[Put], *, without: Sequence[str] = ()) -> Outcome:
        """State elements that are known to differ from the stored ones: they are written, in one transaction.

        `without` are the source keys of parts that these elements no longer have. They are removed in the same
        transaction, without approval: a part counts as a property of its element.

        Rejected elements are reported in the outcome; they neither raise an exception nor count as removed.
        """
        return await self._apply([*self._removals(without), *puts])

    def completed(self, most: int) -> CompletedScan:
        """The result of the scan, with at most `most` source keys of missing elements."""
        known, unchanged = self.figures()
        missing = [
            source_key for source_key in self.missing() if PART not in source_key
        ]  # a part is removed together with its element
        outcome = self.outcome
        outcome.unchanged += unchanged
        return CompletedScan(
            scope=self._target.scope,
            seen=outcome.created + outcome.updated + outcome.unchanged + len(outcome.rejected),
            known=known,
            missing_count=len(missing),
            missing=missing if len(missing) <= most else missing[:SAMPLE],
            refused=len(outcome.rejected),
        )

    async def remove_missing(self, source_keys: Sequence[str] | None) -> None:
        """Remove missing elements with their parts: those with these source keys, or all."""
        wanted = None if source_keys is None else set(source_keys)
        missing = [
            source_key for source_key in self.missing() if wanted is None or source_key.partition(PART)[0] in wanted
        ]
        missing.reverse()  # the contents of a folder are removed before the folder
        for first in range(0, len(missing), REMOVALS_IN_A_BATCH):
            await self._apply(self._removals(missing[first : first + REMOVALS_IN_A_BATCH]))

    async def purge(self, archived_before: datetime) -> None:
        """Delete elements that were archived long enough ago, a few at a time."""
        while (await self._apply([Purge(scope=self._target.scope, archived_before=archived_before)])).purged:
            pass

    def _removals(self, source_keys: Sequence[str]) -> list[Change]:
        target = self._target
        return [
            Remove(source_key=key, delete=target.delete, archive_process=target.archive_process) for key in source_keys
        ]

    async def _apply(self, changes: Sequence[Change]) -> Outcome:
        target = self._target
        outcome = await target.store.apply(
            Batch(user=target.user, metadata_source=target.metadata_source, changes=changes)
        )
        self.outcome.add(outcome)
        return outcome


class Catalog(AnyCatalog):
    """A catalog that accepts elements in any order; it keeps the fingerprints of all stored elements in memory."""

    async def open(self) -> None:
        self._known = await self._target.store.fingerprints(self._target.metadata_source, self._target.scope)
        self._unseen = set(self._known)
        self._unchanged = 0

    async def put(self, puts: Sequence[Put]) -> Outcome:
        """State elements. New and changed elements are written in one transaction."""
        changed = [put for put in puts if not self._is_unchanged(put)]
        return await self.put_changed(changed) if changed else Outcome()

    def held_at(self, source_key: str) -> str | None:
        """The stored fingerprint of an element when the scan began, or `None` if the store had no such element."""
        return self._known.get(source_key)

    def keep_scope(self, scope: str) -> None:
        """Keep all stored elements in a part of the scope that could not be scanned."""
        self._unseen = {source_key for source_key in self._unseen if not source_key.startswith(scope)}

    def missing(self) -> list[str]:
        return sorted(self._unseen)

    def figures(self) -> tuple[int, int]:
        return sum(PART not in source_key for source_key in self._known), self._unchanged

    def _is_unchanged(self, put: Put) -> bool:
        self._unseen.discard(put.source_key)
        if self._known.get(put.source_key) != put.fingerprint:
            return False
        self._unchanged += 1
        return True


class OrderedCatalog(AnyCatalog):
    """A catalog for a scan in the order of source keys that makes the comparison itself (`sorted_diff.SortedDiff`).

    It reads the stored fingerprints page by page and receives the results of the comparison, so memory grows only
    with the number of missing elements. The last part of the comparison must be
    reported before the reconcile is closed: without it nothing can be removed, and removal raises
    `InvalidParameterError`.
    """

    async def open(self) -> None:
        self.is_read = False
        """True if all stored fingerprints of the scope have been read."""
        self._is_complete = False
        self._missing: list[str] = []
        self._known = 0
        self._unchanged = 0

    async def page_after(self, source_key: str) -> dict[str, str]:
        """The next page of fingerprints after a source key, in order; empty at the end."""
        target = self._target
        page = await target.store.fingerprints(
            target.metadata_source, target.scope, after=source_key, limit=KEYS_IN_A_PAGE
        )
        self.is_read = len(page) < KEYS_IN_A_PAGE
        return page

    async def comparison(self) -> SortedDiff:
        """A comparison with the stored elements of the scope, for use on a worker thread.

        Its first page has been read. Unless that is all (`is_read`), the thread must be one of `trio.to_thread`, since
        it has the event loop read the other pages.
        """
        first = iter([await self.page_after("")])

        def next_page(source_key: str) -> dict[str, str]:
            page = next(first, None)
            if page is None:
                page = {} if self.is_read else trio.from_thread.run(self.page_after, source_key)
            return page

        return SortedDiff(next_page)

    def compared(self, known: int, unchanged: int, missing: Sequence[str], *, is_last: bool) -> None:
        """Report the result of a part of the comparison; `is_last` at the end of the scan."""
        self._is_complete = is_last
        self._known += known
        self._unchanged += unchanged
        self._missing += missing

    def missing(self) -> list[str]:
        return self._missing

    def figures(self) -> tuple[int, int]:
        if not self._is_complete:
            raise InvalidParameterError(COMPARISON_NOT_REPORTED, scope=self._target.scope)
        return self._known, self._unchanged


class BlockingCatalog:
    """A catalog for a connector written as plain functions, for use on its worker thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @property
    def outcome(self) -> Outcome:
        """The outcome so far."""
        return self._catalog.outcome

    def put(self, puts: Sequence[Put]) -> Outcome:
        """State elements, as `Catalog.put` does."""
        return trio.from_thread.run(self._catalog.put, puts)

    def keep_scope(self, scope: str) -> None:
        """Keep all stored elements in a part of the scope, as `Catalog.keep_scope` does."""
        self._catalog.keep_scope(scope)


CatalogT = TypeVar("CatalogT", bound=AnyCatalog)


class RemovalOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The removals at the end of a complete scan."""

    policy: RemovalPolicy
    safety: DeletionSafety
    purge_before: datetime | None
    """The time before which archived elements are deleted, if that is due."""


class Reconcile(Generic[CatalogT]):
    """The context manager of one reconcile; created by `IntegrationContext.reconcile`."""

    def __init__(self, catalog: CatalogT, removal: RemovalOptions) -> None:
        self._catalog = catalog
        self._removal_options = removal

    async def __aenter__(self) -> CatalogT:
        await self._catalog.open()
        return self._catalog

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        catalog, removal = self._catalog, self._removal_options
        if error is None:
            source_keys = await removal.policy.scan_completed(catalog.completed(removal.safety.most))
            await catalog.remove_missing(source_keys)
            if removal.purge_before is not None:
                await catalog.purge(removal.purge_before)


class ReconcileInAnyOrder(Reconcile[Catalog]):
    """A reconcile that a connector written as plain functions can also enter, by `with`, on its worker thread."""

    def __enter__(self) -> BlockingCatalog:
        return BlockingCatalog(trio.from_thread.run(self.__aenter__))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        trio.from_thread.run(self.__aexit__, kind, error, traceback)
