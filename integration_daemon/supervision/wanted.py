"""What is wanted of a connector, apart from what is the case."""

from enum import Enum


class Wanted(Enum):
    """What an operator wants of a connector."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    """It keeps what it holds and is not refreshed."""
    STOPPED = "STOPPED"
    """It is disconnected and not called."""
