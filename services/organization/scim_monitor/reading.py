"""Reading the resources of a service provider into the mirror: all of them, or those that have changed.

full listing ─▶ pages ─▶ consistent? ─▶ other resources are removed          ┐
                             └─ no, twice ─▶ none are removed, or postponed  ├─▶ the mirror is catalogued
changes since the newest ─▶ pages ─▶ replaced in the mirror                  ┘

If people join or leave while pages are read, a page by number may repeat or omit a resource. So each page begins with
the last resource of the page before; if it does not, or the totals differ, the listing is not consistent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import trio

from services.errors import RefreshPostponedError
from services.framework.context import IntegrationContext
from services.organization.scim.resources import ResourceKind
from services.organization.scim_monitor import messages
from services.organization.scim_monitor.client import ScimClient, UnsupportedRequestError
from services.organization.scim_monitor.mirror import Mirror, StoredPage
from services.organization.scim_monitor.settings import ScimSettings

LISTINGS = 2
"""Maximum number of attempts to read a consistent listing."""
OVERLAP = timedelta(minutes=1)
"""Overlap of the time range of changes with the previous one: a provider may report changes late, or round times."""


class Feature(msgspec.Struct):
    """A feature that a provider announces."""

    supported: bool = False


class Pagination(msgspec.Struct):
    """The methods of pagination of a provider (RFC 9865, 4)."""

    cursor: bool = False
    index: bool = True


class ProviderConfig(msgspec.Struct):
    """The features that a provider announces (RFC 7643, 5)."""

    filter: Feature = msgspec.field(default_factory=Feature)
    pagination: Pagination = msgspec.field(default_factory=Pagination)


class InconsistentError(Exception):
    """The pages of a listing are not consistent with each other."""


class _Listing:
    """One listing of resources, page by page."""

    def __init__(self, reading: "Reading", client: ScimClient, kind: ResourceKind, condition: str) -> None:
        self.newest: datetime | None = None
        self.is_dated = True
        self.unnamed = 0
        self._reading = reading
        self._client = client
        self._kind = kind
        self._condition = {"filter": condition} if condition else {}
        self._number = 0
        self._total: int | None = None

    async def by_index(self) -> None:
        """Read all pages by number; raises `InconsistentError`."""
        last, start = "", 1
        while True:
            page = await self._page({"startIndex": str(start)})
            if self._number and page.first != last:
                raise InconsistentError("a page does not begin where the one before it ended")
            expected = page.number
            if page.total is None:
                raise InconsistentError("a page does not tell the number of all")
            self._count(page)
            if self._number >= page.total:
                break
            if not expected + page.unnamed:
                raise InconsistentError(f"a page is empty although there are {page.total}, of which {start} were read")
            last, start = page.last, self._number
        if self._number > page.total:
            raise InconsistentError(f"there are more than the {page.total} that the provider tells of")

    async def by_cursor(self) -> None:
        """Read all pages by cursor; raises `InconsistentError`."""
        cursor = ""
        while True:
            page = await self._page({"cursor": cursor})
            self._count(page)
            if not page.next_cursor:
                break
            if page.next_cursor == cursor or not page.number + page.unnamed:
                raise InconsistentError("a page leads to itself, or is empty")
            cursor = page.next_cursor
        if page.total is not None and self._number != page.total:
            raise InconsistentError(f"there are {self._number}, and the provider tells of {page.total}")

    async def _page(self, parameters: dict[str, str]) -> StoredPage:
        try:
            return await self._reading.page(self._client, self._kind, {**parameters, **self._condition})
        except UnsupportedRequestError as error:
            if self._number:
                raise self._client.broken(str(error)) from None
            raise

    def _count(self, page: StoredPage) -> None:
        if self._total is not None and page.total != self._total:
            raise InconsistentError(f"the number of all was {self._total}, and then {page.total}")
        self._total = page.total
        self._number += page.number + page.unnamed
        self.unnamed += page.unnamed
        self.is_dated &= page.is_dated
        self.newest = max(filter(None, (self.newest, page.newest)), default=None)


class _State:
    """The state of the mirror for one kind of resource."""

    def __init__(self) -> None:
        self.is_whole = False
        """True once a complete listing has been read."""
        self.newest: datetime | None = None
        """The time of the latest known change; `None` if the provider cannot list changes."""
        self.unnamed = 0


class Reading:
    """Keeps the mirror of one provider up to date."""

    def __init__(self, context: IntegrationContext, settings: ScimSettings) -> None:
        self.settings = settings
        self.mirror = Mirror()
        self.listing = 0
        """The number of the current listing."""
        self._context = context
        self._features = ProviderConfig()
        self._states = {kind: _State() for kind in ResourceKind}
        self._full_scan_due = 0.0

    @property
    def unnamed(self) -> int:
        """Number of resources without an id, which cannot be assigned to a person or team."""
        return sum(each.unnamed for each in self._states.values())

    async def bring_up_to_date(self, client: ScimClient) -> None:
        """Read the changes, or all resources.

        Raises the errors of the client, and `RefreshPostponedError` if no consistent listing has been read yet.
        """
        now = trio.current_time()
        is_full = now >= self._full_scan_due
        if is_full:
            self._features = await self._read_features(client)
        for kind, state in self._states.items():
            if is_full or state.newest is None or not await self._read_changes(client, kind, state):
                await self._read_all(client, kind, state)
        if is_full:
            self._full_scan_due = now + self.settings.full_scan_seconds

    async def page(self, client: ScimClient, kind: ResourceKind, parameters: Mapping[str, str]) -> StoredPage:
        """Read a page into the mirror; raises the errors of the client."""
        content = await client.get(kind.value, {**parameters, "count": str(self.settings.page_size)})
        try:
            return await trio.to_thread.run_sync(self.mirror.store_page, kind, self.listing, content)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise client.broken(f"a page of {kind.value} cannot be decoded: {error}") from None

    async def number_of(self, client: ScimClient, kind: ResourceKind) -> int | None:
        """The total number of resources that the first page states; raises the errors of the client."""
        try:
            return (await self.page(client, kind, {"startIndex": "1"})).total
        except UnsupportedRequestError as error:
            raise client.not_a_provider(error) from None

    async def _read_features(self, client: ScimClient) -> ProviderConfig:
        try:
            return msgspec.json.decode(await client.get("ServiceProviderConfig"), type=ProviderConfig, strict=False)
        except (UnsupportedRequestError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return ProviderConfig()

    async def _read_changes(self, client: ScimClient, kind: ResourceKind, state: _State) -> bool:
        """Read the changes; false if all resources must be read instead."""
        assert state.newest is not None
        since = (state.newest - OVERLAP).isoformat().replace("+00:00", "Z")
        try:
            read = await self._listed(client, kind, f'meta.lastModified gt "{since}"')
        except (InconsistentError, UnsupportedRequestError):
            return False
        state.newest = max(filter(None, (state.newest, read.newest))) if read.is_dated else None
        state.unnamed += read.unnamed
        return True

    async def _read_all(self, client: ScimClient, kind: ResourceKind, state: _State) -> None:
        problem = ""
        for _ in range(LISTINGS):
            try:
                read = await self._listed(client, kind, "")
            except InconsistentError as error:
                problem = str(error)
                continue
            except UnsupportedRequestError as error:
                raise client.not_a_provider(error) from None
            await trio.to_thread.run_sync(self.mirror.forget_others, kind, self.listing)
            state.is_whole, state.unnamed = True, read.unnamed
            state.newest = read.newest if self._features.filter.supported and read.is_dated else None
            return
        self._not_consistent(kind, state, problem)

    def _not_consistent(self, kind: ResourceKind, state: _State, problem: str) -> None:
        names = {"connector": self._context.connector_name, "kind": kind.value, "problem": problem}
        if not state.is_whole:
            raise RefreshPostponedError(messages.LISTING_NOT_CONSISTENT, **names)
        self._context.audit_log.record(messages.DELETIONS_NOT_TRUSTED, **names)

    async def _listed(self, client: ScimClient, kind: ResourceKind, condition: str) -> _Listing:
        self.listing += 1
        listing = _Listing(self, client, kind, condition)
        await (listing.by_cursor() if self._features.pagination.cursor else listing.by_index())
        return listing
