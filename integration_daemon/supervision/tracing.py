"""The interface between supervision and a tracer of refreshes."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec

from integration_daemon.supervision.connector.refresh_report import RefreshReport


class RefreshOutcome(Enum):
    """Outcome of a refresh."""

    SUCCESS = "success"
    WITHOUT_SUCCESS = "without_success"
    """The refresh returned, but achieved nothing; the status of the connector has the reason."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Another request to the connector interrupted the refresh."""


class RefreshEnd(msgspec.Struct, frozen=True):
    """The end of a refresh."""

    outcome: RefreshOutcome
    failure_kind: str = ""
    """Kind of the failure that ended the refresh."""
    report: RefreshReport | None = None
    """Report of the refresh, if it used the catalogue or failed."""


class RefreshTracing(Protocol):
    """Traces refreshes."""

    def begin_refresh(self, server: str, service: str, connector: str) -> Callable[[RefreshEnd], None]:
        """Begin the trace of a refresh; returns the function to call at its end. Takes microseconds, never raises."""
