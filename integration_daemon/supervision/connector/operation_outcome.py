"""The outcome of an operator's request, as returned to the caller."""

from collections.abc import Sequence
from enum import Enum

import msgspec


class Goal(Enum):
    """The operations that an operator requests."""

    REFRESH = "refresh"
    RESTART = "restart"
    DRY_RUN = "dry-run"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class NotDone(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A connector that did not carry out the operation."""

    connector_name: str
    state: str
    reason: str
    user_action: str = ""
    was_called: bool = True
    """False if the connector's state left nothing to call."""


class OperationOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The outcome of a request, at the time of its answer."""

    operation: str
    operation_id: str = ""
    """The id by which the operation can be followed and cancelled."""
    asked: int
    done: int
    failed: int
    cancelled: int = 0
    """Connectors that did not carry out the operation because it was cancelled."""
    resting: int
    """Connectors that an operator has paused or stopped, and that are left alone."""
    at_work: int
    """Connectors that have not finished yet; their work continues."""
    not_done: Sequence[NotDone]
    """The first of the failed and resting ones; at most `NAMED`."""
