"""The errors of a topic, independent of the client library."""

from enum import Enum


class Remedy(Enum):
    """The remedy for an error of the client."""

    SETTINGS = "SETTINGS"
    """Correct the settings."""
    ACCESS = "ACCESS"
    """Grant the access."""
    SERVICE = "SERVICE"
    """Restore the brokers or the topic."""


class TopicError(Exception):
    """A topic cannot be read."""

    def __init__(self, cause: str, remedy: Remedy) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
