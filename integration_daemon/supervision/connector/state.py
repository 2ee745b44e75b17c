"""The states of a managed connector.

        restart                                   ┌──────── refresh ────────┐
           │                                      │                         ▼
NEW ─▶ INITIALIZING ─▶ INITIALIZED ─▶ STARTING ─▶ WAITING or ENGAGED ◀─ REFRESHING
           │                              │             │                   │
           └──────────────┬───────────────┴─────────────┴───────────────────┘
                          │ an exception, or a deadline passed
                          ▼
                       FAILED ─── restart, by an operator or by policy ─▶ INITIALIZING

WAITING or ENGAGED <─> PAUSED   the target state is PAUSED; also from NEW, if it was set before the start

any ─▶ STOPPING ─▶ STOPPED   the daemon is stopping; also on the way from one incarnation to the next
"""

from enum import Enum


class VisibleStatus(Enum):
    """The status that the compatible routes show; `lastStatusChange` is the time of its last change."""

    INITIALIZED = "INITIALIZED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class ConnectorState(Enum):
    """The precise state of a connector."""

    NEW = ("NEW", VisibleStatus.INITIALIZED)
    INITIALIZING = ("INITIALIZING", VisibleStatus.INITIALIZED)
    INITIALIZED = ("INITIALIZED", VisibleStatus.INITIALIZED)
    STARTING = ("STARTING", VisibleStatus.INITIALIZED)
    WAITING = ("WAITING", VisibleStatus.RUNNING)
    """At rest until its next refresh."""
    REFRESHING = ("REFRESHING", VisibleStatus.RUNNING)
    ENGAGED = ("ENGAGED", VisibleStatus.RUNNING)
    """At rest between refreshes, while its `engage` runs in a task of its own."""
    PAUSED = ("PAUSED", VisibleStatus.STOPPED)
    """Paused by an operator, and not refreshed."""
    STOPPING = ("STOPPING", VisibleStatus.STOPPED)
    STOPPED = ("STOPPED", VisibleStatus.STOPPED)
    FAILED = ("FAILED", VisibleStatus.FAILED)

    def __init__(self, label: str, visible: VisibleStatus) -> None:
        self.label = label
        self.visible = visible
        self.number = 4 * len(type(self).__members__)
        """The part of the state in the numbers of statuses in `StatusColumns`: there are four conditions in each."""

    __hash__ = object.__hash__  # the hash of Enum is a Python function, and states are looked up on the hot path


READY = frozenset({ConnectorState.WAITING, ConnectorState.ENGAGED})
"""The states in which a connector can be refreshed."""

AT_AN_END = frozenset({ConnectorState.NEW, ConnectorState.STOPPED})
"""The states in which a connector has no incarnation."""

TRANSITIONS: dict[ConnectorState, frozenset[ConnectorState]] = {
    ConnectorState.NEW: frozenset({ConnectorState.INITIALIZING, ConnectorState.PAUSED, ConnectorState.STOPPING}),
    ConnectorState.PAUSED: frozenset(
        {
            ConnectorState.INITIALIZING,
            ConnectorState.WAITING,
            ConnectorState.ENGAGED,
            ConnectorState.FAILED,
            ConnectorState.STOPPING,
        }
    ),
    ConnectorState.INITIALIZING: frozenset(
        {ConnectorState.INITIALIZED, ConnectorState.FAILED, ConnectorState.STOPPING}
    ),
    ConnectorState.INITIALIZED: frozenset({ConnectorState.STARTING, ConnectorState.FAILED, ConnectorState.STOPPING}),
    ConnectorState.STARTING: frozenset(
        {ConnectorState.WAITING, ConnectorState.ENGAGED, ConnectorState.FAILED, ConnectorState.STOPPING}
    ),
    ConnectorState.WAITING: frozenset(
        {
            ConnectorState.ENGAGED,
            ConnectorState.PAUSED,
            ConnectorState.REFRESHING,
            ConnectorState.FAILED,
            ConnectorState.STOPPING,
        }
    ),
    ConnectorState.ENGAGED: frozenset(
        {ConnectorState.PAUSED, ConnectorState.REFRESHING, ConnectorState.FAILED, ConnectorState.STOPPING}
    ),
    ConnectorState.REFRESHING: frozenset(
        {ConnectorState.WAITING, ConnectorState.ENGAGED, ConnectorState.FAILED, ConnectorState.STOPPING}
    ),
    ConnectorState.FAILED: frozenset({ConnectorState.STOPPING}),
    ConnectorState.STOPPING: frozenset({ConnectorState.STOPPED, ConnectorState.INITIALIZING}),
    ConnectorState.STOPPED: frozenset({ConnectorState.INITIALIZING}),
}
"""The transitions of the state chart. A test checks every connector's history against it."""
