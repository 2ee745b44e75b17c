"""Topics, and the types of their events."""

from services.metadata.types.base import DataSet, SchemaType


class Topic(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A channel for events, to which consumers subscribe."""

    topic_type: str | None = None


class KafkaTopic(Topic, kw_only=True, rename="camel", omit_defaults=True):
    """A topic of Apache Kafka."""


class EventTypeList(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The types of the events that a topic carries."""


class EventType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The structure of events of one type."""
