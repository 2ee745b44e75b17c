"""The Kafka topic of lineage events. Offsets are committed after the events are on the disk."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import trio

from audit.counted import counted
from audit.errors import DescribedError
from services.allowance import targets_of
from services.errors import (
    ConnectorConfigurationError,
    SpoolFullError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import wrong_setting
from services.lineage.receivers import messages
from services.lineage.receivers.topic_error import Remedy, TopicError
from services.lineage.receivers.topic_settings import client_properties, topic_settings
from services.lineage.service import LineageIntegratorConnector

if TYPE_CHECKING:
    from confluent_kafka import TopicPartition

    from services.lineage.receivers.topic_reader import TopicReader

POLL = 0.5
"""Seconds that one call waits for messages. A stop may take as long, because a thread cannot be cancelled."""
PATIENCE = 5.0
"""Time limit for responses of the brokers, in seconds."""
AT_ONCE = trio.CapacityLimiter(64)
"""Threads for all topics, so that a hung one delays nothing else."""
_PACKAGES = ("lineage", "openlineage")
T = TypeVar("T")


class OpenLineageKafka(LineageIntegratorConnector):
    """Receives the events of a Kafka topic, one for each message.

    Offsets are committed when the events before them are on the disk, so that none is lost. After a sudden end, some
    events are received again, which changes nothing.
    """

    provider = ConnectorProvider(
        description="Receives OpenLineage events from a Kafka topic.",
        class_names=tuple(
            f"org.odpi.openmetadata.adapters.connectors.integration.{package}.{name}"
            for package in _PACKAGES
            for name in (
                "OpenLineageEventReceiverIntegrationProvider",
                "KafkaOpenLineageReceiverIntegrationProvider",
                "KafkaOpenLineageReceiverIntegrationConnector",
            )
        ),
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To describe and read the topic, and to read and commit the offsets of the consumer group.",
            example="lineage.md#from-kafka",
        ),
        endpoint="HOST:PORT of one or more brokers, separated by commas",
        hands_over=True,
        settings=(
            Setting(name="topic", description="the name of the topic"),
            Setting(
                name="groupId",
                description="the consumer group; connectors of one group share the messages",
                default="integration-daemon.NAME",
            ),
            Setting(
                name="consumer",
                description="further properties of the client, such as security.protocol, sasl.mechanisms and "
                "ssl.ca.location",
            ),
        ),
    )

    async def initialize(self) -> None:
        """Create the state of the connector."""
        self._reader: TopicReader | None = None
        self._calling = trio.Lock()

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._settings = topic_settings(self.context)

    async def start(self) -> None:
        """Find the topic, and start reading it."""
        await self._open()
        await self._call(lambda reader: reader.check(PATIENCE))
        await self._call(lambda reader: reader.subscribe())
        source = f"{self._settings.topic} at {self._settings.servers}"
        self.context.audit_log.record(messages.CONFIGURED, connector=self.connector_name, source=source)
        self.context.listen(self._receive)

    async def refresh(self) -> None:
        """Check that the topic can be read; its messages are received between refreshes."""
        self.context.require_receiving()
        await self._call(lambda reader: reader.check(PATIENCE))

    async def disconnect(self) -> None:
        """Leave the consumer group."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with trio.move_on_after(PATIENCE, shield=True):
                await trio.to_thread.run_sync(reader.close, abandon_on_cancel=True, limiter=AT_ONCE)

    async def probe(self) -> str:
        """The number of partitions of the topic, for an operator who checks a document."""
        await self.initialize()
        await self._open()
        try:
            partitions = await self._call(lambda reader: reader.check(PATIENCE))
        finally:
            await self.disconnect()
        return f"{self._settings.topic}: {counted(partitions, 'partition')}"

    async def _open(self) -> None:
        self.read_settings()
        await trio.to_thread.run_sync(self._require_allowed)
        try:
            from services.lineage.receivers.topic_reader import TopicReader
        except ImportError as error:
            raise ConnectorConfigurationError(messages.LIBRARY_MISSING, connector=self.connector_name) from error

        def opened() -> TopicReader:
            return TopicReader(self._settings.topic, client_properties(self._settings, self.connection))

        self._reader = await self._described(opened)

    def _require_allowed(self) -> None:
        try:
            targets = targets_of(self._settings.servers)
        except ValueError as error:
            raise wrong_setting(self.context, "endpoint", error) from error
        self.context.require_allowed(*targets)

    async def _receive(self) -> None:
        """Receive messages until the connector is stopped."""
        pause, accepted, rejected = POLL, 0, 0
        while True:
            if await self.context.is_paused():
                await trio.sleep(POLL)
                continue
            found = await self._call(lambda reader: reader.poll(POLL))
            while found.offsets:
                try:
                    receipt = await self.context.receive_events(found.events, self._origin)
                except SpoolFullError:
                    self.context.progress = "waits for room in the spool"
                    await trio.sleep(pause)
                    pause = min(pause * 2, 30)
                    continue
                await self._call(partial(_commit, offsets=found.offsets))
                accepted, rejected = accepted + receipt.accepted, rejected + len(receipt.rejected)
                self.context.progress = f"{counted(accepted, 'event')} received since the start, {rejected:,} rejected"
                pause = POLL
                break

    @property
    def _origin(self) -> str:
        return f"{self.connector_name}: topic {self._settings.topic}"

    async def _call(self, function: "Callable[[TopicReader], T]") -> T:
        async with self._calling:
            reader = self._reader
            assert reader is not None  # it is called between start and disconnect
            return await self._described(partial(function, reader))

    async def _described(self, function: Callable[[], T]) -> T:
        """Call a function on a thread, and convert the client's errors."""
        try:
            return await trio.to_thread.run_sync(function, limiter=AT_ONCE)
        except TopicError as error:
            raise self._error_for(error.remedy, error.cause) from error

    def _error_for(self, remedy: Remedy, cause: str) -> DescribedError:
        connector, servers = self.connector_name, self._settings.servers
        match remedy:
            case Remedy.SETTINGS:
                return wrong_setting(self.context, "consumer", cause)
            case Remedy.ACCESS:
                return UserNotAuthorizedError(
                    messages.ACCESS_REFUSED, connector=connector, servers=servers, cause=cause
                )
        return ThirdPartyUnavailableError(
            messages.BROKER_NOT_AVAILABLE,
            connector=connector,
            servers=servers,
            topic=self._settings.topic,
            cause=cause,
        )


def _commit(reader: "TopicReader", offsets: "list[TopicPartition]") -> None:
    reader.commit(offsets)
