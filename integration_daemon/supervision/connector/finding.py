"""Conditions of connectors, and the reasons for them."""

from enum import Enum

import msgspec


class Condition(Enum):
    """Whether the metadata of a connector can be relied on."""

    HEALTHY = "HEALTHY"
    """Its last refresh was a success, in time and complete."""
    DEGRADED = "DEGRADED"
    """Something is wrong, but its metadata is not out of date yet."""
    STALE = "STALE"
    """It has had no success for three intervals."""
    UNKNOWN = "UNKNOWN"
    """It has not been refreshed yet, or not again since it failed, or an operator has paused or stopped it."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.number = len(type(self).__members__)
        """Of the condition in `StatusColumns`."""

    __hash__ = object.__hash__  # the hash of Enum is a Python function, and conditions are counted by the thousand


class Reason(Enum):
    """Why a connector is not HEALTHY."""

    NO_RECENT_SUCCESS = (
        "NO_RECENT_SUCCESS",
        "Correct the cause that the other findings name. If there is none, see the last refreshes of the connector.",
    )
    FAILED = ("FAILED", "Correct the cause of the failure, and restart the connector.")
    REFRESH_WITHOUT_SUCCESS = (
        "REFRESH_WITHOUT_SUCCESS",
        "Provide what the connector waits for; it is tried again at its next refresh.",
    )
    REJECTED_ELEMENTS = (
        "REJECTED_ELEMENTS",
        "Correct the elements that the audit log names; the others are catalogued.",
    )
    HELD_DELETIONS = (
        "HELD_DELETIONS",
        "Decide whether the elements may be removed: integration-daemon deletions list.",
    )
    REFRESH_LATE = (
        "REFRESH_LATE",
        "The daemon has more work than it can do at once: raise refreshesAtOnce or the intervals, or use another "
        "daemon for some of the connectors.",
    )
    BEHIND_INTERVAL = ("BEHIND_INTERVAL", "Raise the interval, or divide the work among several connectors.")
    FLAPPING = ("FLAPPING", "Find out in the audit log why the connector fails again and again.")

    def __init__(self, label: str, action: str) -> None:
        self.label = label
        self.action = action
        """What an operator can do."""

    __hash__ = object.__hash__


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a connector."""

    reason: Reason
    since: float
    """Seconds since the epoch."""
    text: str
    remedy: str = ""
    """What to do in this case, where it is known better than by the reason."""

    @property
    def action(self) -> str:
        """What an operator can do."""
        return self.remedy or self.reason.action
