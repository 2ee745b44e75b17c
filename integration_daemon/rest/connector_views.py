"""The forms in which the native routes show a connector: a row of a list, and its details."""

from typing import Any

import msgspec

from integration_daemon.rest.times import shown_time
from integration_daemon.supervision import removals
from integration_daemon.supervision.connector.condition import health_of
from integration_daemon.supervision.connector.finding import Finding
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.refresh_report import RefreshReport
from integration_daemon.supervision.connector.status import report_of
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.isolation.loop_guard import loop_use

_TIMES = (
    "last_status_change",
    "last_refresh_time",
    "last_attempt",
    "last_success",
    "last_failure",
    "next_due",
    "restart_due",
)


def summary_of(connector: ManagedConnector) -> dict[str, Any]:
    """The status of one connector, as a page of connectors shows it."""
    report, health = report_of(connector), health_of(connector)
    connector.condition = health.condition
    times = {_camel(name): shown_time(value) for name in _TIMES if (value := getattr(report, name)) is not None}
    failure = msgspec.to_builtins(report.failure) if report.failure is not None else None
    shown = {
        "connectorName": report.connector_name,
        "connectorId": report.connector_id,
        "service": connector.service,
        "group": connector.group or None,
        "state": report.state.label,
        "condition": health.condition.value,
        "conditionSince": shown_time(health.since) if health.since is not None else None,
        "findings": [_finding(connector, each) for each in health.findings] or None,
        "targetState": report.target_state.value,
        "lane": report.lane or None,
        **times,
        "refreshInterval": report.refresh_interval,
        "consecutiveFailures": report.consecutive_failures,
        "restarts": report.restarts,
        "abandoned": report.abandoned,
        "incarnation": report.incarnation,
        "failure": failure,
        "restartAwaits": report.restart_awaits or None,
        "refreshProblem": report.refresh_problem,
        "progress": report.progress,
        "eventLoop": _loop_use(connector),
        "heldDeletions": _held_count(connector),
        "heldReason": _held_reason(connector),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _finding(connector: ManagedConnector, finding: Finding) -> dict[str, Any]:
    return {
        "reason": finding.reason.label,
        "since": shown_time(finding.since),
        "text": connector.without_secrets(finding.text),
        "action": finding.action,
    }


async def shown_connector(daemon: Daemon, name: str) -> dict[str, Any]:
    """The details of one connector, by name; raises `InvalidParameterError` for an unknown one."""
    connector = daemon.connector(name)
    recent = await daemon.history.of(connector)
    shown = summary_of(connector)
    if connector.removals is not None and connector.removals.held:
        held = removals.HeldRemovals(connector_name=connector.name, held=connector.removals.held)
        shown["deletions"] = shown_removals(held)["held"]
    if recent:
        shown["recentRefreshes"] = [shown_report(report) for report in recent]
    if connector.dry_run is not None:
        shown["dryRun"] = shown_report(connector.dry_run)
    return shown


def shown_report(report: RefreshReport) -> dict[str, Any]:
    """The report of a refresh or a dry run."""
    return {**msgspec.to_builtins(report), "began": shown_time(report.began)}


def shown_removals(each: removals.HeldRemovals) -> dict[str, Any]:
    """The removals of one connector that need an operator's approval."""
    held = [{**msgspec.to_builtins(one), "since": shown_time(one.since)} for one in each.held]
    return {"connectorName": each.connector_name, "held": held}


def _loop_use(connector: ManagedConnector) -> dict[str, Any] | None:
    """The connector's use of the event loop, if the watchdog has caught it."""
    if (use := loop_use(connector)) is None:
        return None
    shown: dict[str, Any] = msgspec.to_builtins(use)
    return {**shown, "putOffUntil": shown_time(use.put_off_until)} if use.put_off_until is not None else shown


def _held_count(connector: ManagedConnector) -> int | None:
    """The number of elements whose removal waits for an operator, if any does."""
    if connector.removals is None:
        return None
    return sum(each.count for each in connector.removals.held if not each.rejected) or None


def _held_reason(connector: ManagedConnector) -> str | None:
    """Why removals wait for an operator, for the first scope with waiting removals."""
    if connector.removals is None:
        return None
    held = next((each for each in connector.removals.held if not each.rejected), None)
    if held is None:
        return None
    return (
        f"{held.count:,} of the {held.known:,} elements that the catalogue holds in {held.scope} were not found, which "
        "is more than may be removed without an operator's approval"
    )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
