"""Traced refreshes, used only if tracing is on."""

from collections.abc import Awaitable, Callable

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.lifecycle.calling import Failed, Work
from integration_daemon.supervision.recovery.failure import FailureKind
from integration_daemon.supervision.tracing import RefreshEnd, RefreshOutcome, RefreshTracing

Refresh = Callable[[Work], Awaitable[Failed | None]]


def traced(refresh: Refresh, tracing: RefreshTracing | None, server: str) -> Refresh:
    """The refresh with traces; unchanged without a tracer."""
    if tracing is None:
        return refresh

    async def traced_refresh(item: Work) -> Failed | None:
        connector = item.subject
        before, interrupted = connector.recent, RefreshEnd(RefreshOutcome.INTERRUPTED)
        end, ended = tracing.begin_refresh(server, connector.service, connector.name), interrupted
        try:
            failed = await refresh(item)
            ended = _ended(connector, failed, has_report=connector.recent is not before)
        finally:
            if ended is interrupted and item.timed_out:
                ended = RefreshEnd(RefreshOutcome.FAILED, FailureKind.TIMEOUT.value)
            end(ended)
        return failed

    return traced_refresh


def _ended(connector: ManagedConnector, failed: Failed | None, *, has_report: bool) -> RefreshEnd:
    report = connector.recent[0] if has_report else None
    failure = connector.failure if failed is None else failed.failure
    if failure is not None:
        return RefreshEnd(RefreshOutcome.FAILED, failure.kind.value, report)
    outcome = RefreshOutcome.SUCCESS if connector.refresh_problem is None else RefreshOutcome.WITHOUT_SUCCESS
    return RefreshEnd(outcome, report=report)
