"""Topics, and the types of the events on them."""

from services.metadata.types.base import DataSet, SchemaType


class Topic(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A place for events, from where subscribers get them."""

    topic_type: str | None = None


class KafkaTopic(Topic, kw_only=True, rename="camel", omit_defaults=True):
    """A topic of Apache Kafka."""


class EventTypeList(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The types of the events that a topic carries."""


class EventType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The structure of events of one type."""
