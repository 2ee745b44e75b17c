"""A Kafka cluster on loopback: the mock cluster of librdkafka, which speaks Kafka's protocol over TCP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import Consumer, Producer, TopicPartition


class KafkaCluster:
    """One broker in this process."""

    def __init__(self) -> None:
        self._holder = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
        broker = next(iter(self._holder.list_topics(timeout=30).brokers.values()))
        self.address = f"{broker.host}:{broker.port}"

    def send(self, topic: str, messages: Sequence[bytes]) -> None:
        """Send messages, and wait until they are there."""
        producer = Producer({"bootstrap.servers": self.address, "log_level": 0})
        for each in messages:
            producer.produce(topic, each)
        assert producer.flush(30) == 0

    def committed(self, topic: str, group: str) -> int:
        """The messages that a group has committed, of all partitions."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            found = consumer.committed([TopicPartition(topic, each) for each in partitions], timeout=30)
            return sum(max(each.offset, 0) for each in found)
        finally:
            consumer.close()


@contextmanager
def kafka_cluster() -> Iterator[KafkaCluster]:
    """A cluster until the block ends."""
    yield KafkaCluster()
