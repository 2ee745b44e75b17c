"""The publisher, which sends catalogued lineage to a third party as OpenLineage events."""

import time
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import trio

from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import text_setting
from services.lineage.publisher import messages
from services.lineage.publisher.event_builder import BuiltEvents, EventBuilder
from services.lineage.publisher.events import Kind, LineageEvent, removal
from services.lineage.publisher.published import Published
from services.lineage.publisher.receiver import Receiver, open_receiver, receiver_settings
from services.lineage.service import LineageIntegratorConnector
from services.metadata.bounds import MOST_IN_A_PAGE

AT_ONCE = 8
"""Maximum number of events that are being sent."""
_JAVA = "org.odpi.openmetadata.adapters.connectors.integration."
_PROVIDER = "GovernanceActionOpenLineageIntegrationProvider"


class OpenLineagePublisher(LineageIntegratorConnector):
    """Sends the lineage of processes and views, and the structure of their data sets, whenever it changes.

    It follows the change feed of the metadata store. Its position in the feed, and digests of the sent events, are kept
    in the data directory. Lineage that was catalogued from OpenLineage events is not sent.
    """

    provider = ConnectorProvider(
        description="Sends lineage as OpenLineage events.",
        class_names=(_JAVA + "openlineage." + _PROVIDER, _JAVA + "lineage." + _PROVIDER),
        exchange=Exchange(
            directions=(PermittedSynchronization.TO_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To send events to the receiver, with its API key if it requires one.",
            reads="Process, Asset, SchemaAttribute, DataFlow, LineageMapping, ProcessHierarchy, Schema, "
            "AttributeForSchema, NestedSchemaAttribute, CalculatedValue",
            example="lineage.md#publishing",
        ),
        endpoint="the URL of the receiver; without a path, events are sent to /api/v1/lineage",
        supposes_sending=True,
        settings=(
            Setting(
                name="namespace",
                description="the namespace of jobs that are processes",
                default="open-metadata",
            ),
        ),
    )

    async def initialize(self) -> None:
        """Create the state of the connector."""
        self._published: Published | None = None
        self._last = 0
        """The time of the last event, in microseconds: event times increase, even if the clock is set back."""

    def read_settings(self) -> None:
        """Read and check the settings."""
        connection = self.context.connection
        self._namespace = text_setting(self.context, "namespace")
        self._settings = receiver_settings(self.connector_name, connection.address, connection.clear_password)

    async def start(self) -> None:
        """Check the settings, and open the record of sent events."""
        self.read_settings()
        self._event_builder = EventBuilder(self.context, self._namespace)
        path, url = self._file, self._settings.url
        self._published = await trio.to_thread.run_sync(lambda: Published(path, url))

    async def disconnect(self) -> None:
        """Close the file."""
        published, self._published = self._published, None
        if published is not None:
            await trio.to_thread.run_sync(published.close)

    async def refresh(self) -> None:
        """Send the lineage of all changed elements."""
        self.context.require_third_party_changes("publish lineage")
        published = self._published
        assert published is not None  # it is called between start and disconnect
        after, self._last = await trio.to_thread.run_sync(published.position)
        sent = refused = 0
        async with open_receiver(self._settings) as receiver:
            while True:
                page = await self.context.store.changes(after, MOST_IN_A_PAGE)
                events = await self._new(await self._event_builder.build(page.changes), published)
                after = page.last
                if not self._only_supposes(events):
                    await trio.to_thread.run_sync(published.begin, [each.subject for each in events])
                    refused += await self._send(receiver, events)
                    sent += len(events)
                    await self._advance(published, after, events)
                if page.is_last:
                    break
        if sent:
            self.context.audit_log.record(
                messages.PUBLISHED,
                connector=self.connector_name,
                events=sent,
                address=self._settings.url,
                refused=refused,
            )

    async def _new(self, found: BuiltEvents, published: Published) -> list[LineageEvent]:
        """The events that have not been sent yet, and the removals of subjects that no longer exist."""
        known = await trio.to_thread.run_sync(lambda: published.about(found.elements))
        events, current = [], set()
        for each in found.events:
            key = each.subject.kind, each.subject.element
            current.add(key)
            if key not in known or known[key].digest != each.digest:
                events.append(each)
        for key, before in known.items():
            if key not in current and (key[0] is Kind.JOB or key[1] in found.removed):
                events.append(removal(before.subject))
        return events

    def _only_supposes(self, events: Sequence[LineageEvent]) -> bool:
        """True in a dry run, which records the events instead of sending them."""
        for each in events:
            self.context.supposes_to_send(each.title)
        return self.context.is_dry_run

    async def _send(self, receiver: Receiver, events: Sequence[LineageEvent]) -> int:
        """Send events, several at once; returns the number of refused ones."""
        left, refused = iter(events), 0

        async def send_some() -> None:
            nonlocal refused
            for event in left:
                cause = await receiver.send(event.at(self._next_time()))
                if cause:
                    refused += 1
                    self.context.audit_log.record(
                        messages.EVENT_REFUSED,
                        connector=self.connector_name,
                        subject=event.title,
                        address=self._settings.url,
                        cause=cause,
                    )

        async with trio.open_nursery() as nursery:
            for _ in range(min(AT_ONCE, len(events))):
                nursery.start_soon(send_some)
        return refused

    def _next_time(self) -> int:
        self._last = max(self._last + 1, time.time_ns() // 1_000)
        return self._last

    async def _advance(self, published: Published, after: int, events: Sequence[LineageEvent]) -> None:
        sent = {each.subject: each.digest for each in events if not each.is_removal}
        removed = [each.subject for each in events if each.is_removal]
        await trio.to_thread.run_sync(published.advance, after, self._last, sent, removed)

    @property
    def _file(self) -> Path | None:
        directory = self.context.directory
        name = blake2b(self.connector_name.encode(), digest_size=8).hexdigest()
        return None if directory is None else directory / f"published-{name}.sqlite"
