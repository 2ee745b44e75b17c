"""The settings of the Kafka client, derived from a connection.

Only known properties are passed on: other properties of the client can load libraries, run commands and read files.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.framework.connection import Connection
from services.framework.settings import wrong_setting
from services.lineage.context import LineageIntegratorContext

PASSED_ON = (
    "client.id",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "fetch.wait.max.ms",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "partition.assignment.strategy",
    "sasl.mechanism",
    "sasl.mechanisms",
    "security.protocol",
    "session.timeout.ms",
    "socket.timeout.ms",
    "ssl.ca.location",
    "ssl.endpoint.identification.algorithm",
)
"""Properties of the client that `consumer` may set."""
OWN = ("bootstrap.servers", "group.id")
"""Properties of `consumer` in Egeria's documents that are separate settings in this program."""


class TopicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A topic, and the settings of its client."""

    servers: str
    topic: str
    group: str
    client: dict[str, Any]
    """Properties of the client, without the password."""


def topic_settings(context: LineageIntegratorContext) -> TopicSettings:
    """The settings of a connector; raises `ConnectorConfigurationError`.

    In Egeria's documents, the connection to the topic is embedded in the connector's connection, its address is the
    name of the topic, and the servers are a property of the consumer.
    """
    embedded = _embedded(context.connection)
    connection = embedded or context.connection
    properties: Mapping[str, Any] = connection.configuration_properties or {}
    consumer = properties.get("consumer") or {}
    if not isinstance(consumer, dict):
        raise wrong_setting(context, "consumer", "it is not an object of properties")
    if embedded is None:
        servers, topic = connection.address, properties.get("topic")
        unknown = [name for name in consumer if name not in PASSED_ON]
        if unknown:
            raise wrong_setting(context, "consumer", f"the property {unknown[0]} is none of {', '.join(PASSED_ON)}")
    else:
        servers, topic = consumer.get("bootstrap.servers"), connection.address
    if not isinstance(servers, str) or not servers:
        raise wrong_setting(context, "endpoint", "it has no address, which is HOST:PORT of one or more brokers")
    if not isinstance(topic, str) or not topic:
        raise wrong_setting(context, "topic", "it is not the name of a topic")
    group = properties.get("groupId") or consumer.get("group.id") or f"integration-daemon.{context.connector_name}"
    return TopicSettings(
        servers=servers,
        topic=topic,
        group=str(group),
        client={name: value for name, value in consumer.items() if name in PASSED_ON},
    )


def client_properties(settings: TopicSettings, connection: Connection) -> dict[str, Any]:
    """The properties of the client, including the password, which may be read from a reference: blocks."""
    embedded = _embedded(connection) or connection
    user, password = embedded.user_id or connection.user_id, embedded.clear_password or connection.clear_password
    found = {**settings.client, "bootstrap.servers": settings.servers, "group.id": settings.group}
    if user is not None and password is not None:
        found |= {"sasl.username": user, "sasl.password": password.reveal()}
        found.setdefault("security.protocol", "SASL_SSL")
        if "sasl.mechanism" not in found:
            found.setdefault("sasl.mechanisms", "SCRAM-SHA-512")
    return found


def _embedded(connection: Connection) -> Connection | None:
    """The embedded connection to the topic in a virtual connection."""
    for each in connection.embedded_connections or ():
        if each.embedded_connection is not None:
            return each.embedded_connection
    return None
