"""What is told of a refresh to those who follow refreshes one by one, in traces."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec

from integration_daemon.supervision.connector.refresh_report import RefreshReport


class RefreshOutcome(Enum):
    """How a refresh ended."""

    SUCCESS = "success"
    WITHOUT_SUCCESS = "without_success"
    """It returned, and has achieved nothing; the status of the connector has the reason."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Something else was requested of the connector."""


class RefreshEnd(msgspec.Struct, frozen=True):
    """The end of a refresh."""

    outcome: RefreshOutcome
    failure_kind: str = ""
    """The kind of the failure that ended it."""
    report: RefreshReport | None = None
    """What it did, if it looked at the catalogue or failed."""


class RefreshTracing(Protocol):
    """Follows refreshes."""

    def begin_refresh(self, server: str, service: str, connector: str) -> Callable[[RefreshEnd], None]:
        """Note that a refresh begins; returns what is to be called at its end. Takes microseconds, never raises."""
