"""The Kafka topic of lineage events: what was read is committed when it is kept."""

from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, EmbeddedConnection, Endpoint
from services.lineage.receivers import kafka as kafka_module
from services.lineage.receivers.kafka import OpenLineageKafka
from services.lineage.receivers.topic_reader import Messages, TopicReader
from services.testing import running_connector
from tests.servers.kafka import KafkaBroker

TOPIC = "openlineage"


def event(number: int) -> bytes:
    return msgspec.json.encode(
        {"eventTime": "2026-11-26T00:00:00Z", "job": {"namespace": "food", "name": f"job {number}"}}
    )


def connection_to(address: str, **settings: Any) -> Connection:
    return Connection(endpoint=Endpoint(address=address), configuration_properties={"topic": TOPIC, **settings})


async def test_the_messages_of_a_topic_are_received_and_committed(kafka: KafkaBroker, tmp_path: Path) -> None:
    """The connection is one of Egeria: a virtual one around that of the topic."""
    topic = Connection(
        endpoint=Endpoint(address=TOPIC),
        configuration_properties={
            "consumer": {
                "bootstrap.servers": kafka.address,
                "group.id": "catalogue",
                "key.deserializer": "org.apache.kafka.common.serialization.StringDeserializer",
            }
        },
    )
    connection = Connection(embedded_connections=[EmbeddedConnection(embedded_connection=topic)])
    kafka.create(TOPIC)
    await trio.to_thread.run_sync(kafka.send, TOPIC, [event(1), b"no event", event(2)])
    async with running_connector(OpenLineageKafka, tmp_path, connection=connection) as running:
        spool = running.connector.context.resources
        await running.call("refresh")
        await spool.wait(1)

        while await trio.to_thread.run_sync(kafka.committed, TOPIC, "catalogue") < 3:
            await trio.lowlevel.checkpoint()

        assert sorted(each.content for each in await spool.read(0, 10)) == [event(1), event(2)]
        number, letters = await spool.newest_rejected(1)
        assert (number, letters[0].origin) == (1, "TestedConnector: topic openlineage")


def reader_of(kafka: KafkaBroker, topic: str) -> TopicReader:
    """A reader that its group gives up after a moment without a call."""
    limits = {"session.timeout.ms": 1_000, "heartbeat.interval.ms": 200, "max.poll.interval.ms": 1_000}
    reader = TopicReader(topic, {"bootstrap.servers": kafka.address, "group.id": topic, **limits})
    reader.subscribe()
    return reader


def events_of(reader: TopicReader) -> Messages:
    """The next messages, however long they take."""
    while not (found := reader.poll(0.1)).events:
        pass
    return found


def test_a_reader_that_waited_too_long_reads_on(kafka: KafkaBroker) -> None:
    """As it does while it is paused, or while the spool is full."""
    kafka.create("waiting", partitions=1)
    kafka.send("waiting", [event(1)])
    first, second = reader_of(kafka, "waiting"), reader_of(kafka, "waiting")
    with closing(first):
        with closing(second):
            seen = events_of(first)
            assert events_of(second).events == seen.events  # its group has given up the first one
            first.commit(seen.offsets)
        assert events_of(first).events == seen.events


async def test_brokers_that_do_not_answer_are_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_module, "PATIENCE", 0.5)
    with pytest.raises(ThirdPartyUnavailableError, match="cannot be read"):
        async with running_connector(OpenLineageKafka, tmp_path, connection=connection_to("127.0.0.1:9")):
            pass


@pytest.mark.parametrize(
    ("connection", "setting"),
    [
        (Connection(), "endpoint"),
        (connection_to("127.0.0.1:9", topic=None), "topic"),
        (connection_to("127.0.0.1:9", consumer={"plugin.library.paths": "/tmp/x.so"}), "consumer"),
        (connection_to("127.0.0.1:9", consumer=["x"]), "consumer"),
        (connection_to("127.0.0.1:9", consumer={"security.protocol": "TELEPATHY"}), "consumer"),
        (connection_to("127.0.0.1 9"), "endpoint"),
    ],
)
async def test_a_wrong_setting_is_refused(connection: Connection, setting: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectorConfigurationError, match=f"The setting {setting} of"):
        async with running_connector(OpenLineageKafka, tmp_path, connection=connection):
            pass
