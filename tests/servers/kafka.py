"""A Kafka broker for tests, which is also its own controller."""

import os
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.servers.ports import free_port
from tests.servers.process import ServerProcess

VERSION = "4.0.0"
_CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"


class KafkaBroker(ServerProcess):
    """A broker that keeps its topics and the offsets of groups when it is started again."""

    name, package = "Kafka", ".ci/servers"
    started_after = 120.0

    def __init__(self, directory: Path) -> None:
        self._controller_port = free_port()
        super().__init__(directory)

    @classmethod
    def user_of_this_machine(cls) -> str | None:
        """The user of the tests, whose home directory has the libraries of the server."""
        return None

    def make(self) -> None:
        """Write its settings, and format its directory."""
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self._controller_port}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.directory / "data",
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1_000,
            # after a sudden end, the controller refuses the broker until its former session has timed out
            "broker.session.timeout.ms": 1_000,
            "broker.heartbeat.interval.ms": 200,
            "offsets.topic.num.partitions": 1,
            "offsets.topic.replication.factor": 1,
        }
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.run("java", *_java("kafka.tools.StorageTool"), "format", "-t", _CLUSTER, "-c", str(self._settings))

    def command(self) -> Sequence[str]:
        return [self.program("java"), *_java("kafka.Kafka"), str(self._settings)]

    def answers(self) -> bool:
        try:
            return bool(self._admin(seconds=1).list_topics(timeout=1).brokers)
        except KafkaException:
            return False

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def _settings(self) -> Path:
        return self.directory / "server.properties"

    def _admin(self, seconds: float = 30) -> AdminClient:
        return AdminClient(self._client(**{"socket.timeout.ms": int(seconds * 1_000)}))

    def _client(self, **settings: str | int) -> dict[str, str | int | float | bool]:
        return {"bootstrap.servers": self.address, "log_level": 0, **settings}

    def create(self, topic: str, partitions: int = 2) -> None:
        """Create a topic."""
        admin = self._admin()
        for created in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            created.result(30)

    def send(self, topic: str, messages: Sequence[bytes]) -> None:
        """Send messages, and wait until they are there."""
        producer = Producer(self._client())
        for each in messages:
            producer.produce(topic, each)
        assert producer.flush(30) == 0

    def committed(self, topic: str, group: str) -> int:
        """The messages that a group has committed, of all partitions."""
        consumer = Consumer(self._client(**{"group.id": group}))
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            found = consumer.committed([TopicPartition(topic, each) for each in partitions], timeout=30)
            return sum(max(each.offset, 0) for each in found)
        finally:
            consumer.close()


def _java(main: str) -> Sequence[str]:
    """Options of Java to run one of its programs, with the libraries that `.ci/servers` has fetched."""
    repository = Path(os.environ.get("MAVEN_REPOSITORY", Path.home() / ".m2" / "repository"))
    libraries = repository.parent / f"kafka-{VERSION}"
    if not libraries.is_dir():
        raise RuntimeError(f"{libraries} is not there: run .ci/servers")
    return ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{libraries}/*", main]
