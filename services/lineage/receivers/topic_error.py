"""The errors of a topic, without the library that raises them."""

from enum import Enum


class Remedy(Enum):
    """What an error of the client asks for."""

    SETTINGS = "SETTINGS"
    """Correct the settings."""
    ACCESS = "ACCESS"
    """Grant the access."""
    SERVICE = "SERVICE"
    """Bring the brokers or the topic back."""


class TopicError(Exception):
    """A topic cannot be read."""

    def __init__(self, cause: str, remedy: Remedy) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
