"""Synchronizing open metadata with one Unity Catalog server.

    listing ─▶ comparison in the order of source keys, by digests ─▶ exchange, if it is permitted ─▶ put

The listing contains each object completely, so nothing else is read.
"""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from hashlib import blake2b
from operator import attrgetter
from typing import NamedTuple

import trio

from services.catalog import messages
from services.catalog.rest.client import MOST_FAILURES, FailedRequestError
from services.catalog.rest.in_parallel import all_results
from services.catalog.synchronization.external_identifiers import Exchange
from services.catalog.synchronization.sending import Changes
from services.catalog.synchronization.shared import is_sent
from services.catalog.synchronization.two_way import Agreed, Subject, TwoWay, agreed_on_remote, still_current
from services.catalog.unity.client import UnityClient
from services.catalog.unity.listing import Item, Listing, Unreadable
from services.catalog.unity.mapping import Object, Statements, shared_of, values_of
from services.catalog.unity.wire import CATALOGS, IN_SCHEMAS, SCHEMAS, Info, Kind, SchemaInfo
from services.framework.context import IntegrationContext
from services.framework.rejections import record_rejections
from services.metadata.changes import Outcome, Put
from services.metadata.reconcile import OrderedCatalog
from services.metadata.sorted_diff import SortedDiff

PUTS_AT_ONCE = 5_000
EXCHANGED_AT_ONCE = 500
FORM = "1"
"""Version of the mapping; a new version puts all elements again."""
UNSETTLED = "~"
"""Prefix of the fingerprint of an object whose changes one side refused: the next refresh compares it again."""


class Different(NamedTuple):
    """An object that differs from its element."""

    object: Object
    agreed: Agreed
    is_held: bool
    """True if the object has an element."""
    parts: Sequence[str]
    """Source keys of the element's parts."""


class Cataloguing:
    """One comparison of a server with open metadata."""

    def __init__(self, context: IntegrationContext, client: UnityClient) -> None:
        self._context = context
        self._client = client
        synchronization = context.settings.permitted_synchronization
        self._statements = Statements(client.path, context.settings.metadata_source)
        self._synchronization = synchronization.value
        self._sends = synchronization.allows_third_party_changes
        self._failures = 0
        self.is_settled = True
        """False if open metadata differs from the listing."""

    async def run(self, listing: Listing) -> Outcome:
        """Apply every difference, except for objects that this connector sent; removals follow a complete scan."""
        context, statements = self._context, self._statements
        self._report_unreadable(listing.unreadable)
        outcome = await context.apply([statements.server()])
        catalogs: list[OrderedCatalog] = []
        async with AsyncExitStack() as stack:  # closed in reverse, so that parts are removed before the whole
            for kind, items in self._by_kind(listing).items():
                scope, delete = statements.scope(kind), self._client.settings.delete
                catalog = await stack.enter_async_context(context.reconcile_in_order(scope, delete=delete))
                await self._catalogue(catalog, items, self._kept(kind, listing.unreadable))
                catalogs.append(catalog)
        context.progress = None
        for catalog in catalogs:
            outcome.add(catalog.outcome)
        self.is_settled &= not outcome.rejected and not listing.unreadable
        self._sum_up(listing, outcome)
        return outcome

    def _by_kind(self, listing: Listing) -> dict[Kind, list[Item]]:
        """The objects by kind, without schemas that this connector created and the objects in them."""
        sent = {each.names for each in listing.items if each.kind == SCHEMAS and self._is_sent(each)}
        found: dict[Kind, list[Item]] = {kind: [] for kind in (CATALOGS, SCHEMAS, *IN_SCHEMAS)}
        for item in listing.items:
            if item.names[:2] not in sent:
                found[item.kind].append(item)
        return found

    def _is_sent(self, schema: Item) -> bool:
        return is_sent(self._client.decoded(bytes(schema.content), SchemaInfo).properties or {})

    def _kept(self, kind: Kind, unreadable: Sequence[Unreadable]) -> list[str]:
        """The prefixes of the source keys of elements that cannot be compared."""
        return [
            self._statements.scope(kind, each.names)
            for each in unreadable
            if kind != CATALOGS and (each.kind is None or each.kind == kind)
        ]

    async def _catalogue(self, catalog: OrderedCatalog, items: Sequence[Item], kept: Sequence[str]) -> None:
        """Put the changed objects of one kind."""
        comparison = await catalog.comparison()
        different = await trio.to_thread.run_sync(self._compare, comparison, items, kept)
        for first in range(0, len(different), EXCHANGED_AT_ONCE):
            self._context.progress = f"{first:,} of {len(different):,} new or changed {items[0].kind.place} catalogued"
            await self._put(catalog, different[first : first + EXCHANGED_AT_ONCE])
        missing = comparison.take_missing()
        self.is_settled &= not missing
        catalog.compared(comparison.known, comparison.unchanged, missing, is_last=True)

    def _compare(self, comparison: SortedDiff, items: Sequence[Item], kept: Sequence[str]) -> list[Different]:
        """Compare both sides in order, on a worker thread."""
        keys: dict[str, Item | None] = dict.fromkeys(kept)
        keys.update((self._statements.key(each.kind, each.names), each) for each in items)
        different: list[Different] = []
        for key in sorted(keys):
            item = keys[key]
            if item is None:
                comparison.keep_scope(key)
                continue
            is_held = comparison.held_at(key) is not None
            fingerprint = fingerprint_of(bytes(item.content))
            if not comparison.is_unchanged(key, fingerprint):
                parts = comparison.take_parts(key)
                try:
                    info = self._client.decoded(bytes(item.content), item.kind.info)
                except FailedRequestError as error:
                    self._failed(item, error)
                    continue
                agreed = agreed_on_remote(values_of(item.kind, info))
                found = Object(item.kind, item.names, info, fingerprint)
                different.append(Different(found, agreed, is_held, parts))
        comparison.finish()
        return different

    def _failed(self, item: Item, error: FailedRequestError) -> None:
        """Report an object whose description has another form; raises the error if there are too many."""
        self._failures += 1
        if self._failures > MOST_FAILURES:
            raise error
        self.is_settled = False
        self._cannot_read(f"{'.'.join(item.names)} ({error.parameters['cause']})")

    async def _put(self, catalog: OrderedCatalog, different: Sequence[Different]) -> None:
        if self._sends:
            exchanged = await all_results(self._exchange, different, self._client.rest.requests_at_once)
            different = await still_current(self._context, exchanged, attrgetter("agreed"))
            self.is_settled &= len(different) == len(exchanged)
            different = sorted(different, key=lambda each: self._statements.key(each.object.kind, each.object.names))
        for puts, removed in await trio.to_thread.run_sync(lambda: list(self._statements_of(different))):
            await catalog.put_changed(puts, without=removed)

    async def _exchange(self, different: Different) -> Different:
        """Exchange the properties of an object with its element, if it has one and the API can change it."""
        found = different.object
        if not different.is_held or not found.kind.can_change:
            return different
        contents: list[bytes] = []

        async def send(changes: Changes) -> None:
            contents.append(await self._client.change(found.kind, found.names, changes))

        two_way = TwoWay(self._context, shared_of(found.kind), self._client.path, self._client.rest.address)
        agreed = await two_way.exchange(
            Subject(
                self._statements.key(found.kind, found.names),
                different.agreed.values,
                self._changed_at(found.info),
                lambda versions: self._statements.external(found, Exchange(versions, self._synchronization)),
                send,
            )
        )
        self.is_settled &= agreed.is_complete and not contents
        if contents:
            info = self._client.decoded(contents[0], found.kind.info)
            found = found._replace(info=info, fingerprint=fingerprint_of(contents[0]))
        if not agreed.is_complete:
            found = found._replace(fingerprint=UNSETTLED + found.fingerprint)
        return different._replace(object=found, agreed=agreed)

    def _changed_at(self, info: Info) -> float | None:
        return self._client.local_time(None if info.updated_at is None else info.updated_at / 1000)

    def _statements_of(self, different: Sequence[Different]) -> Iterator[tuple[list[Put], list[str]]]:
        """The elements of objects, and the parts that the objects no longer have: each object in one transaction."""
        puts: list[Put] = []
        removed: list[str] = []
        for each in different:
            exchange = Exchange(each.agreed.versions, self._synchronization)
            some = self._statements.puts(each.object, each.agreed.values, exchange)
            if puts and len(puts) + len(some) > PUTS_AT_ONCE:
                yield puts, removed
                puts, removed = [], []
            puts += some
            removed += set(each.parts) - {put.source_key for put in some}
        if puts:
            yield puts, removed

    def _report_unreadable(self, unreadable: Sequence[Unreadable]) -> None:
        """Report refused listings. Missing ones were dropped meanwhile, or the server has no such objects."""
        for each in unreadable:
            if each.is_refused:
                kind = f"the {each.kind.place} of schema" if each.kind is not None else "all of catalog"
                self._cannot_read(f"{kind} {'.'.join(each.names)}")

    def _cannot_read(self, subject: str) -> None:
        self._context.audit_log.record(
            messages.NOT_READABLE,
            connector=self._context.connector_name,
            address=self._client.rest.address,
            subject=subject,
        )

    def _sum_up(self, listing: Listing, outcome: Outcome) -> None:
        record_rejections(self._context, messages.NOT_CATALOGUED, outcome)
        if outcome.created or outcome.updated or outcome.removed or outcome.rejected:
            self._context.audit_log.record(
                messages.OBJECTS_CATALOGUED,
                connector=self._context.connector_name,
                address=self._client.rest.address,
                objects=len(listing.items),
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                rejected=len(outcome.rejected),
            )


def fingerprint_of(content: bytes) -> str:
    """The fingerprint of an object, from its content as received."""
    return f"{FORM}.{blake2b(content, digest_size=16).hexdigest()}"
