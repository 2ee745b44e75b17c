"""Conditions of connectors, and the reasons for them."""

from enum import Enum

import msgspec


class Condition(Enum):
    """Reliability of the metadata of a connector."""

    HEALTHY = "HEALTHY"
    """The last refresh was a success, in time and complete."""
    DEGRADED = "DEGRADED"
    """The connector has a problem, but its metadata is not out of date yet."""
    STALE = "STALE"
    """No refresh has succeeded for three intervals."""
    UNKNOWN = "UNKNOWN"
    """The connector has not been refreshed yet, or not since a failure, or an operator has paused or stopped it."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.number = 1 + len(type(self).__members__)
        """The part of the condition in the numbers of statuses in `StatusColumns`."""

    __hash__ = object.__hash__  # the hash of Enum is a Python function, and conditions are counted by the thousand


class Reason(Enum):
    """Reason why a connector is not HEALTHY."""

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
        """Remedy, as a sentence for the operator."""

    __hash__ = object.__hash__


class Finding(msgspec.Struct, frozen=True):
    """One problem of a connector."""

    reason: Reason
    since: float
    """Seconds since the epoch."""
    text: str
    remedy: str = ""
    """Remedy of this case, if it is more specific than the remedy of the reason."""

    @property
    def action(self) -> str:
        """Remedy, as a sentence for the operator."""
        return self.remedy or self.reason.action
