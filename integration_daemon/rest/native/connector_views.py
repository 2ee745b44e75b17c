"""Makes the answers of the native routes about a connector: a row of a list, and its details."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.native.connector_answers import (
    ConnectorDetail,
    ConnectorSummary,
    ShownFinding,
    ShownLoopUse,
    ShownRemoval,
    ShownRemovals,
    ShownReport,
)
from integration_daemon.rest.times import shown_time
from integration_daemon.supervision.connector.condition import judge
from integration_daemon.supervision.connector.finding import Finding
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.refresh_report import RefreshReport
from integration_daemon.supervision.connector.status import report_of
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.isolation.loop_guard import loop_use
from integration_daemon.supervision.removals import HeldRemovals


def summary_of(connector: ManagedConnector, outcome: OperationOutcome | None = None) -> ConnectorSummary:
    """The status of one connector, with the outcome of an operation on it."""
    return ConnectorSummary(**_status_of(connector), outcome=UNSET if outcome is None else outcome)


async def shown_connector(daemon: Daemon, name: str, outcome: OperationOutcome | None = None) -> ConnectorDetail:
    """The details of one connector, by name; raises `InvalidParameterError` for an unknown one."""
    connector = daemon.connector(name)
    recent = await daemon.history.reports_of(connector)
    held = connector.removals.held if connector.removals is not None else ()
    return ConnectorDetail(
        **_status_of(connector),
        outcome=UNSET if outcome is None else outcome,
        deletions=[_removal(each) for each in held] if held else UNSET,
        recent_refreshes=[shown_report(report) for report in recent] if recent else UNSET,
        dry_run=UNSET if connector.dry_run is None else shown_report(connector.dry_run),
    )


def shown_report(report: RefreshReport) -> ShownReport:
    """The report of a refresh or a dry run."""
    return ShownReport(**{**msgspec.structs.asdict(report), "began": shown_time(report.began)})


def shown_removals(each: HeldRemovals) -> ShownRemovals:
    """The removals of one connector that need an operator's approval."""
    return ShownRemovals(connector_name=each.connector_name, held=[_removal(one) for one in each.held])


def _removal(removal: msgspec.Struct) -> ShownRemoval:
    fields = msgspec.structs.asdict(removal)
    return ShownRemoval(**{**fields, "since": shown_time(fields["since"])})


def _status_of(connector: ManagedConnector) -> dict[str, Any]:
    """The fields of a summary."""
    report, health = report_of(connector), judge(connector)
    held = _held(connector)
    return {
        "connector_name": report.connector_name,
        "connector_id": report.connector_id,
        "service": connector.service,
        "group": connector.group or UNSET,
        "metadata_source": connector.config.metadata_source_qualified_name or UNSET,
        "labels": connector.config.labels or UNSET,
        "state": report.state.label,
        "condition": health.condition,
        "condition_since": _time(health.since),
        "findings": [_finding(connector, each) for each in health.findings] or UNSET,
        "target_state": report.target_state,
        "lane": report.lane or UNSET,
        "last_status_change": _time(report.last_status_change),
        "last_refresh_time": _time(report.last_refresh_time),
        "last_attempt": _time(report.last_attempt),
        "last_success": _time(report.last_success),
        "last_failure": _time(report.last_failure),
        "next_due": _time(report.next_due),
        "restart_due": _time(report.restart_due),
        "refresh_interval": report.refresh_interval,
        "consecutive_failures": report.consecutive_failures,
        "restarts": report.restarts,
        "abandoned": report.abandoned,
        "incarnation": report.incarnation,
        "failure": _if_any(report.failure),
        "restart_awaits": report.restart_awaits or UNSET,
        "refresh_problem": _if_any(report.refresh_problem),
        "progress": _if_any(report.progress),
        "event_loop": _loop_use(connector),
        **held,
    }


def _time(seconds: float | None) -> str | UnsetType:
    return UNSET if seconds is None else shown_time(seconds)


def _if_any(value: Any) -> Any:
    return UNSET if value is None else value


def _finding(connector: ManagedConnector, finding: Finding) -> ShownFinding:
    return ShownFinding(
        reason=finding.reason.label,
        since=shown_time(finding.since),
        text=connector.without_secrets(finding.text),
        action=finding.action,
    )


def _loop_use(connector: ManagedConnector) -> ShownLoopUse | UnsetType:
    """The times that the connector has blocked the event loop, if the watchdog has noticed any."""
    if (use := loop_use(connector)) is None:
        return UNSET
    return ShownLoopUse(
        times=use.times,
        seconds=use.seconds,
        put_off_until=_time(use.put_off_until),
        moved_to_process=use.moved_to_process or UNSET,
    )


def _held(connector: ManagedConnector) -> dict[str, Any]:
    """The number of elements that wait for an operator's approval, and the reason for the first scope with some."""
    if connector.removals is None or not (waiting := [each for each in connector.removals.held if not each.rejected]):
        return {}
    first = waiting[0]
    return {
        "held_deletions": sum(each.count for each in waiting),
        "held_reason": f"{first.count:,} of the {first.known:,} elements that the catalogue holds in {first.scope} "
        "were not found, which is more than may be removed without an operator's approval",
    }
