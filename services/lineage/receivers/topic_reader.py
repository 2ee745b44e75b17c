"""Reads a Kafka topic with the client confluent-kafka. All methods block, on one thread at a time."""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from services.lineage.receivers.topic_error import Remedy, TopicError

MOST_MESSAGES = 5_000
_REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
}
_PASSING = {KafkaError._PARTITION_EOF, KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._MAX_POLL_EXCEEDED}
"""Temporary errors of one broker, and of a reader that exceeded its group's time limit; the client joins again."""
_NOT_ITS_OWN = {
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
}
"""The group has assigned the partitions to other members, which read the messages again."""


class Messages(msgspec.Struct, frozen=True):
    """Messages that were read together."""

    events: list[bytes]
    offsets: list[TopicPartition]
    """The next offset of each partition."""


class TopicReader:
    """A consumer of one topic, whose offsets are committed by the caller."""

    def __init__(self, topic: str, settings: Mapping[str, Any]) -> None:
        """Raises `TopicError` for settings that the client refuses."""
        self._errors: deque[KafkaError] = deque(maxlen=20)
        fixed = {
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": False,
            "reconnect.backoff.max.ms": 2_000,
            "error_cb": self._errors.append,
        }
        try:
            self._consumer = Consumer({**settings, **fixed}, logger=_silent())
        except (KafkaException, TypeError, ValueError) as error:
            raise TopicError(_described(error).cause, Remedy.SETTINGS) from error
        self._topic = topic

    def check(self, seconds: float) -> int:
        """The number of partitions of the topic; raises `TopicError` if it cannot be read."""
        try:
            found = self._consumer.list_topics(self._topic, timeout=seconds).topics[self._topic]
        except KafkaException as error:
            self._consumer.poll(0)  # lets the client report its errors
            for refusal in self._errors:
                if refusal.code() in _REFUSED:
                    raise _error_of(refusal) from error
            raise _described(error) from error
        if found.error is not None:
            raise _error_of(found.error)
        return len(found.partitions)

    def subscribe(self) -> None:
        """Start reading."""
        self._consumer.subscribe([self._topic])

    def poll(self, seconds: float) -> Messages:
        """The next messages; waits up to `seconds` for the first one. Raises `TopicError`."""
        try:
            found = self._consumer.consume(MOST_MESSAGES, seconds)
        except (KafkaException, RuntimeError) as error:
            raise _described(error) from error
        good = [each for each in found if _is_good(each)]
        return Messages([value for each in good if isinstance(value := each.value(), bytes)], _offsets_after(good))

    def commit(self, offsets: Sequence[TopicPartition]) -> None:
        """Commit at the brokers that the messages before these offsets are processed; raises `TopicError`.

        Partitions that have been assigned to other members are ignored.
        """
        try:
            self._consumer.commit(offsets=list(offsets), asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() in _NOT_ITS_OWN:
                return
            raise _described(error) from error

    def close(self) -> None:
        """Leave the consumer group."""
        self._consumer.close()


def _is_good(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if error.code() in _PASSING:
        return False
    raise _error_of(error)


def _offsets_after(messages: Sequence[Message]) -> list[TopicPartition]:
    last: dict[tuple[str, int], int] = {}
    for each in messages:
        last[each.topic() or "", each.partition() or 0] = (each.offset() or 0) + 1
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in last.items()]


def _described(error: Exception) -> TopicError:
    cause = error.args[0] if error.args else error
    if isinstance(cause, KafkaError):
        return _error_of(cause)
    return TopicError(str(cause), Remedy.SERVICE)


def _error_of(error: KafkaError) -> TopicError:
    return TopicError(error.str(), Remedy.ACCESS if error.code() in _REFUSED else Remedy.SERVICE)


def _silent() -> Any:
    """A logger that discards records: the client repeats errors every few seconds, and the connector reports them."""
    logger = logging.getLogger("integration_daemon.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
