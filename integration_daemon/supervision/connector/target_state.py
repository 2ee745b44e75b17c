"""The target state of a connector, which an operator sets."""

from enum import Enum


class TargetState(Enum):
    """The state that an operator wants a connector to be in."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    """The connector keeps its resources and is not refreshed."""
    STOPPED = "STOPPED"
    """The connector is disconnected and not called."""
