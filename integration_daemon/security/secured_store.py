"""A metadata store whose content and changes a security connector limits for one user."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from integration_daemon.security.messages import CHANGE_REFUSED
from integration_daemon.security.server_guard import UserGuard
from services.errors import UserNotAuthorizedError
from services.framework.server_security import RequestedChange
from services.metadata.changes import (
    Batch,
    Change,
    ChangePage,
    Classify,
    Declassify,
    ElementPage,
    Outcome,
    Purge,
    Put,
    Query,
    Rejection,
    Remove,
)
from services.metadata.element import ElementRecord, ElementStatus, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore


class SecuredStore(MetadataStore):
    """Wraps a store. An element that the user may not see appears not to exist."""

    def __init__(self, store: MetadataStore, guard: UserGuard) -> None:
        self._store = store
        self._guard = guard

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        """Forward to the store."""
        return await self._store.register_source(source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        """The fingerprints of a source's elements; raises `UserNotAuthorizedError` unless the user may synchronize.

        A user who may see an element may also learn whether its source key is its qualified name.
        """
        if await self._guard.may_synchronize():
            return await self._store.fingerprints(metadata_source, scope, after=after, limit=limit)
        if limit != 1 or after is not None or not await self.find(Query(qualified_name=scope, page_size=1)):
            raise self._guard.refusal_of_change()
        found = await self._store.fingerprints(metadata_source, scope, limit=1)
        return {key: value for key, value in found.items() if key == scope}

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """The elements that the user may see."""
        return await self._guard.readable(await self._store.get(guids))

    async def find_page(self, query: Query) -> ElementPage:
        """A page without the elements that the user may not see; it may be short, as any page."""
        page = await self._store.find_page(query)
        return replace(page, elements=await self._guard.readable(page.elements))

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """The relationships between elements that the user may see."""
        found = await self._store.relationships(guids, type_name=type_name)
        ends = list(dict.fromkeys(guid for each in found for guid in (each.end1_guid, each.end2_guid)))
        seen = {each.guid for each in await self.get(ends)}
        return [each for each in found if each.end1_guid in seen and each.end2_guid in seen]

    async def changes(self, after: int, limit: int) -> ChangePage:
        """The changes of elements that the user may see; deletions only for users who may synchronize."""
        page = await self._store.changes(after, limit)
        readable = await self._guard.readable([each.element for each in page.changes if each.element is not None])
        seen = {each.guid for each in readable}
        may_see_deleted = any(each.element is None for each in page.changes) and await self._guard.may_synchronize()
        shown = [each for each in page.changes if (may_see_deleted if each.element is None else each.guid in seen)]
        return replace(page, changes=shown)

    async def apply(self, batch: Batch) -> Outcome:
        """Apply the changes that the user may make, and reject the others.

        Raises `UserNotAuthorizedError` if the user may make none of them.
        """
        may_synchronize = await self._guard.may_synchronize()
        requested = [await self._requested(each) for each in batch.changes]
        allowed = await self._guard.allowed_changes(requested) if requested else []
        kept: list[Change] = []
        rejected: list[Rejection] = []
        for change, is_allowed, about in zip(batch.changes, allowed, requested, strict=True):
            if is_allowed and (may_synchronize or await self._is_seen(batch.metadata_source, change, about)):
                kept.append(change)
            else:
                rejected.append(_rejection(change))
        if rejected and not kept:
            raise self._guard.refusal_of_change()
        outcome = await self._store.apply(replace(batch, changes=kept))
        outcome.rejected = [*outcome.rejected, *rejected]
        return outcome

    async def _requested(self, change: Change) -> RequestedChange:
        elements: list[ElementRecord] = []
        for name in _names(change):
            elements += await self._store.find(Query(qualified_name=name, include_archived=True, page_size=1))
        return RequestedChange(change=change, elements=elements)

    async def _is_seen(self, source: str, change: Change, about: RequestedChange) -> bool:
        """True if a change can affect no other elements than those decided on: a source key may be another's."""
        if isinstance(change, Remove | Purge):
            return False
        if not isinstance(change, Put):
            return True
        active = [each for each in about.elements if each.status is ElementStatus.ACTIVE]
        if any(each.qualified_name == change.qualified_name for each in active):
            return True  # the store rejects the name if another element has it than the one at the source key
        return change.source_key not in await self._store.fingerprints(source, change.source_key, limit=1)

    async def aclose(self) -> None:
        """Do nothing: the store belongs to the server."""


def _names(change: Change) -> Iterable[str]:
    """The qualified names of the elements that a change names."""
    if isinstance(change, Put):
        return (change.qualified_name, *(link.qualified_name for link in change.links))
    if isinstance(change, Classify | Declassify):
        return (change.qualified_name,)
    return () if isinstance(change, Remove | Purge) else (change.end1, change.end2)


def _rejection(change: Change) -> Rejection:
    subject = next(iter(_names(change)), "") or getattr(change, "source_key", "") or getattr(change, "scope", "")
    return Rejection(subject, str(UserNotAuthorizedError(CHANGE_REFUSED)))
