"""Synchronizing open metadata with one Iceberg catalogue.

    listing ─▶ comparison in the order of source keys ─▶ changed tables are loaded, several at a time ─▶ put

The fingerprint of a table contains a value that changes with the table and its columns: the location of its metadata,
or the entity tag of its description. If the listing contains this value, an unchanged catalogue costs only the listing;
otherwise each table is requested with `If-None-Match`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import blake2b
from operator import attrgetter, itemgetter
from typing import NamedTuple

import trio

from services.catalog import messages
from services.catalog.iceberg.client import IcebergClient, Namespace
from services.catalog.iceberg.listing import VIEWS, Entry, Listing, dotted, listing_of
from services.catalog.iceberg.mapping import SHARED, Statements
from services.catalog.iceberg.remote_changes import Changes, Loaded, change_namespace, change_table, changed_at
from services.catalog.iceberg.wire import LoadedTable, LoadedView
from services.catalog.rest.client import (
    MOST_FAILURES,
    FailedRequestError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
)
from services.catalog.rest.in_parallel import all_results, batches_of
from services.catalog.synchronization.external_identifiers import Exchange
from services.catalog.synchronization.shared import is_sent
from services.catalog.synchronization.two_way import Agreed, Subject, TwoWay, agreed_on_remote, still_current
from services.framework.context import IntegrationContext
from services.framework.rejections import record_rejections
from services.metadata.changes import Outcome, Put
from services.metadata.reconcile import OrderedCatalog
from services.metadata.sorted_diff import SortedDiff

TABLES_AT_ONCE = 200
PUTS_AT_ONCE = 5_000
FORM = "1"
"""Version of the mapping; a new version puts all elements of tables again."""
UNSETTLED = "~"
"""Prefix of the fingerprint of an object whose changes one side refused: the next refresh compares it again."""


class Different(NamedTuple):
    """A table or view that may differ from its element."""

    entry: Entry
    held: str | None
    """The fingerprint of its element; `None` if there is none."""
    parts: Sequence[str]
    """Source keys of the element's parts."""


class Answer(NamedTuple):
    """The response of the catalogue for a table or view."""

    different: Different
    content: bytes
    tag: str


class Described(NamedTuple):
    """A table or view, ready to be put."""

    different: Different
    loaded: Loaded
    tag: str
    agreed: Agreed


class Cataloguing:
    """One comparison of a catalogue with open metadata."""

    def __init__(self, context: IntegrationContext, client: IcebergClient) -> None:
        self._context = context
        self._client = client
        synchronization = context.settings.permitted_synchronization
        self._statements = Statements(client.path, context.settings.metadata_source)
        self._synchronization = synchronization.value
        self._two_way: TwoWay | None = None
        if synchronization.allows_third_party_changes:
            self._two_way = TwoWay(context, SHARED, client.path, client.rest.address)
        self._unchanged = 0
        self._failures = 0
        self._is_settled = True
        self.settled_at = ""
        """The commit of a Nessie server with which open metadata agrees completely; empty if there is a difference."""

    async def run(self) -> Outcome:
        """Apply every difference, except for objects that this connector sent; removals follow a complete scan."""
        context, statements, delete = self._context, self._statements, self._client.settings.delete
        listing = _without_sent(await listing_of(self._client))
        outcome = await context.apply([statements.database()])
        async with (
            context.reconcile_in_order(statements.namespaces_scope, delete=delete) as namespaces,
            context.reconcile_in_order(statements.tables_scope, delete=delete) as tables,
        ):
            await self._put_namespaces(namespaces, listing)
            await self._put_tables(tables, listing)
        context.progress = None
        outcome.add(namespaces.outcome)
        outcome.add(tables.outcome)
        _sum_up(context, self._client.rest.address, listing, outcome)
        if self._is_settled and not outcome.rejected and not listing.unreadable:
            self.settled_at = listing.head
        return outcome

    async def _put_namespaces(self, catalog: OrderedCatalog, listing: Listing) -> None:
        for namespace in sorted(set(listing.unreadable)):
            self._cannot_read(f"all of namespace {dotted(namespace)}")
        comparison = await catalog.comparison()
        changed = await trio.to_thread.run_sync(self._compare_namespaces, comparison, listing)
        at_once = self._client.rest.requests_at_once
        exchanged = await all_results(partial(self._namespace, listing), changed, at_once)
        current = await still_current(self._context, exchanged, itemgetter(0))
        self._is_settled &= len(current) == len(exchanged)
        puts = [some for _, some in current]
        in_order = [put for some in sorted(puts, key=lambda each: each[0].source_key) for put in some]
        for first in range(0, len(in_order), PUTS_AT_ONCE // 3 * 3):
            await catalog.put_changed(in_order[first : first + PUTS_AT_ONCE // 3 * 3])
        missing = comparison.take_missing()
        self._is_settled &= not missing
        catalog.compared(comparison.known, comparison.unchanged, missing, is_last=True)

    def _compare_namespaces(self, comparison: SortedDiff, listing: Listing) -> list[tuple[Namespace, str | None]]:
        """The namespaces that differ from their elements, with the fingerprints of the elements; on a worker thread."""
        changed: list[tuple[Namespace, str | None]] = []
        keys: dict[str, Namespace | None] = {}
        kept = {self._statements.namespace_key(each) for each in listing.unreadable}
        keys |= dict.fromkeys(kept)
        for unreadable in listing.unreadable:
            keys |= dict.fromkeys(self._statements.namespace_scopes(unreadable))
        keys |= {self._statements.namespace_key(each): each for each in listing.namespaces}
        for key in sorted(keys):
            namespace = keys[key]
            if namespace is None:
                (comparison.keep if key in kept else comparison.keep_scope)(key)
                continue
            put = self._namespace_puts(
                namespace, listing, agreed_on_remote(SHARED.of_object(listing.namespaces[namespace]))
            )[0]
            held = comparison.held_at(key)
            if not comparison.is_unchanged(key, put.fingerprint):
                comparison.take_parts(key)
                changed.append((namespace, held))
        comparison.finish()
        return changed

    async def _namespace(self, listing: Listing, changed: tuple[Namespace, str | None]) -> tuple[Agreed, list[Put]]:
        namespace, held = changed
        remote = SHARED.of_object(listing.namespaces[namespace])
        agreed = agreed_on_remote(remote)
        if self._two_way is not None and held is not None:
            agreed = await self._two_way.exchange(
                Subject(
                    self._statements.namespace_key(namespace),
                    remote,
                    None,
                    lambda versions: self._namespace_puts(namespace, listing, Agreed(remote, versions))[-1],
                    partial(change_namespace, self._client, namespace),
                )
            )
            self._is_settled &= agreed.is_complete
        return agreed, self._namespace_puts(namespace, listing, agreed)

    def _namespace_puts(self, namespace: Namespace, listing: Listing, agreed: Agreed) -> list[Put]:
        above = next(
            (namespace[:n] for n in range(len(namespace) - 1, 0, -1) if namespace[:n] in listing.namespaces), ()
        )
        return self._statements.namespace(namespace, above, agreed.values, self._exchange(agreed))

    async def _put_tables(self, catalog: OrderedCatalog, listing: Listing) -> None:
        comparison = await catalog.comparison()
        different = await trio.to_thread.run_sync(self._compare, comparison, listing)
        at_once, done = self._client.rest.requests_at_once, 0
        async with batches_of(self._ask, different, at_once, TABLES_AT_ONCE) as batches:
            async for answers in batches:
                await self._put_answers(catalog, answers)
                done += len(answers)
                self._context.progress = f"{done:,} of {len(different):,} new or changed tables catalogued"
        missing = comparison.take_missing()
        self._is_settled &= not missing
        catalog.compared(comparison.known, comparison.unchanged + self._unchanged, missing, is_last=True)

    def _compare(self, comparison: SortedDiff, listing: Listing) -> list[Different]:
        """Compare both sides in order, on a worker thread."""
        keys: dict[str, Entry | None] = {}
        for namespace in listing.unreadable:
            keys |= dict.fromkeys(self._statements.table_scopes(namespace))
        keys.update((self._statements.table_key(each.namespace, each.name), each) for each in listing.entries)
        different: list[Different] = []
        for key in sorted(keys):
            entry = keys[key]
            if entry is None:
                comparison.keep_scope(key)
            else:
                held = comparison.held_at(key)
                fingerprint = _fingerprint(f"L{entry.tag}") if entry.tag else ""
                if not comparison.is_unchanged(key, fingerprint):
                    different.append(Different(entry, held, comparison.take_parts(key)))
        comparison.finish()
        return different

    async def _ask(self, different: Different) -> Answer | None:
        """Load a table or view; `None` if it is unchanged or cannot be loaded."""
        entry, held = different.entry, different.held
        place = self._client.place(entry.namespace, entry.kind, entry.name)
        known = _fingerprint("E")
        headers = {"If-None-Match": held[len(known) :]} if held is not None and held.startswith(known) else {}
        parameters = {} if entry.kind == VIEWS else {"snapshots": "refs"}
        try:
            response = await self._client.send("GET", place, parameters=parameters, headers=headers)
        except NotFoundError:
            self._is_settled = False
            return None  # dropped since it was listed: the next scan removes its element
        except (ForbiddenError, RefusedError) as error:
            self._is_settled = False
            self._cannot_read(f"{dotted(entry.namespace)}.{entry.name} ({error})")
            return None
        except FailedRequestError as error:
            self._failed(entry, error)
            return None
        if response.status_code == 304:
            self._unchanged += 1
            return None
        etag = response.headers.get("ETag", "")
        return Answer(different, response.content, f"E{etag}" if etag and not entry.tag else "")

    async def _put_answers(self, catalog: OrderedCatalog, answers: Sequence[Answer]) -> None:
        described = await trio.to_thread.run_sync(self._decode, answers)
        self._unchanged += len(answers) - len(described)
        if self._two_way is not None:
            at_once = self._client.rest.requests_at_once
            exchanged = await all_results(self._exchange_table, described, at_once)
            described = await still_current(self._context, exchanged, attrgetter("agreed"))
            self._is_settled &= len(described) == len(exchanged)
        for puts, removed in await trio.to_thread.run_sync(lambda: list(self._statements_of(described))):
            await catalog.put_changed(puts, without=removed)

    def _decode(self, answers: Sequence[Answer]) -> list[Described]:
        """Decode responses, on a worker thread, and return the tables and views whose fingerprints have changed."""
        found: list[Described] = []
        for answer in answers:
            entry = answer.different.entry
            kind: type[Loaded] = LoadedView if entry.kind == VIEWS else LoadedTable
            try:
                loaded = self._client.decoded(answer.content, kind)
            except FailedRequestError as error:
                self._failed(entry, error)
                continue
            tag = answer.tag or _tag_of(loaded, answer.content)
            if answer.different.held != _fingerprint(tag):
                agreed = agreed_on_remote(SHARED.of_object(loaded.metadata.properties))
                found.append(Described(answer.different, loaded, tag, agreed))
        return found

    def _failed(self, entry: Entry, error: FailedRequestError) -> None:
        """Report a table or view that the catalogue fails to describe; raises the error if there are too many."""
        self._failures += 1
        if self._failures > MOST_FAILURES:
            raise error
        self._is_settled = False
        self._cannot_read(f"{dotted(entry.namespace)}.{entry.name} ({error.parameters['cause']})")

    async def _exchange_table(self, described: Described) -> Described:
        """Exchange the properties of a table or view with its element, if it has one."""
        different, loaded = described.different, described.loaded
        entry = different.entry
        if self._two_way is None or different.held is None:
            return described
        changed: list[Loaded] = []

        async def send(changes: Changes) -> None:
            changed.append(await change_table(self._client, entry, loaded, changes))

        agreed = await self._two_way.exchange(
            Subject(
                self._statements.table_key(entry.namespace, entry.name),
                SHARED.of_object(loaded.metadata.properties),
                self._client.local_time(changed_at(loaded.metadata)),
                lambda versions: self._table_puts(described._replace(agreed=Agreed({}, versions)))[-1],
                send,
            )
        )
        self._is_settled &= agreed.is_complete
        described = described._replace(agreed=agreed)
        return described._replace(loaded=changed[0], tag=_tag_of(changed[0])) if changed else described

    def _statements_of(self, described: Sequence[Described]) -> Iterator[tuple[list[Put], list[str]]]:
        """The elements of tables, and the parts that the tables no longer have: each table in one transaction."""
        puts: list[Put] = []
        removed: list[str] = []
        for each in described:
            some = self._table_puts(each)
            if puts and len(puts) + len(some) > PUTS_AT_ONCE:
                yield puts, removed
                puts, removed = [], []
            puts += some
            removed += set(each.different.parts) - {put.source_key for put in some}
        if puts:
            yield puts, removed

    def _table_puts(self, described: Described) -> list[Put]:
        agreed = described.agreed
        fingerprint = ("" if agreed.is_complete else UNSETTLED) + _fingerprint(described.tag)
        return self._statements.table(
            described.different.entry, described.loaded, agreed.values, fingerprint, self._exchange(agreed)
        )

    def _exchange(self, agreed: Agreed) -> Exchange:
        return Exchange(agreed.versions, self._synchronization)

    def _cannot_read(self, subject: str) -> None:
        self._context.audit_log.record(
            messages.NOT_READABLE,
            connector=self._context.connector_name,
            address=self._client.rest.address,
            subject=subject,
        )


def _sum_up(context: IntegrationContext, address: str, listing: Listing, outcome: Outcome) -> None:
    record_rejections(context, messages.NOT_CATALOGUED, outcome)
    if outcome.created or outcome.updated or outcome.removed or outcome.rejected:
        context.audit_log.record(
            messages.CATALOGUED,
            connector=context.connector_name,
            address=address,
            tables=len(listing.entries),
            namespaces=len(listing.namespaces),
            created=outcome.created,
            updated=outcome.updated,
            removed=outcome.removed,
            rejected=len(outcome.rejected),
        )


def _without_sent(listing: Listing) -> Listing:
    """The listing without the namespaces that this connector created, and without their tables."""
    sent = {namespace for namespace, properties in listing.namespaces.items() if is_sent(properties)}
    if not sent:
        return listing
    return Listing(
        {namespace: properties for namespace, properties in listing.namespaces.items() if namespace not in sent},
        listing.unreadable,
        [entry for entry in listing.entries if entry.namespace not in sent],
        listing.head,
    )


def _fingerprint(tag: str) -> str:
    return f"{FORM}.{tag}"


def _tag_of(loaded: Loaded, content: bytes = b"") -> str:
    """A value that changes with a table or view that has no entity tag."""
    if loaded.metadata_location:
        return f"L{loaded.metadata_location}"
    return "D" + blake2b(content, digest_size=16).hexdigest()
