"""The last attempts of a connector: reports of refreshes and dry runs, and the reasons of failures."""

import time

import msgspec

from audit.safe_text import safe_text
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.refresh_report import (
    REJECTIONS_SHOWN,
    REPORTS_KEPT,
    ChangedNames,
    RefreshReport,
)
from integration_daemon.supervision.meters import ServiceMeters
from integration_daemon.supervision.recovery.failure import message_of, most_telling
from services.framework.dry_run import SupposedChanges
from services.metadata.changes import Outcome, Rejection
from services.metadata.removal import CompletedScan

MOST_OF_A_REASON = 1_000
"""Greatest length of a reason, in characters."""
_NO_SCAN = CompletedScan(scope="", seen=0, known=0, missing_count=0, missing=[])


def note_refresh(
    connector: ManagedConnector, incarnation: Incarnation, seconds: float, meters: ServiceMeters
) -> str | None:
    """Keep a report of a refresh that has returned; returns the reason if it nevertheless was no success.

    A refresh that did not use the catalogue leaves no report.
    """
    assert incarnation.context is not None
    outcome = incarnation.context.store.take_outcome()
    if outcome is None and incarnation.scanned is None:
        return None
    outcome = outcome or Outcome()
    meters.note_outcome(outcome)
    problem = _nothing_catalogued(outcome, incarnation.scanned)
    if problem is not None:
        problem = connector.without_secrets(problem)
    if outcome.rejected:
        _log_refused(connector, incarnation, outcome.rejected)
    _keep(connector, incarnation, _report(incarnation, seconds, outcome, failure=problem or ""))
    return problem


def note_failure(
    connector: ManagedConnector,
    incarnation: Incarnation,
    method: str,
    reason: str,
    seconds: float,
    meters: ServiceMeters,
) -> None:
    """Keep a report of an attempt that failed. Repetitions of the last failure are only counted."""
    outcome = _take_outcome(incarnation)
    if outcome is not None:
        meters.note_outcome(outcome)
    if outcome is not None and outcome.rejected:
        _log_refused(connector, incarnation, outcome.rejected)
    reason = reason[:MOST_OF_A_REASON]
    _keep(connector, incarnation, _report(incarnation, seconds, outcome or Outcome(), failure=reason, method=method))


def note_dry_run(
    connector: ManagedConnector,
    incarnation: Incarnation,
    seconds: float,
    changes: SupposedChanges,
    error: Exception | None,
) -> None:
    """Keep the report of a dry run."""
    reason = "" if error is None else connector.without_secrets(message_of(most_telling(error)))
    report = _report(incarnation, seconds, changes.outcome, failure=reason[:MOST_OF_A_REASON])
    names = ChangedNames(
        created=sorted(changes.created),
        updated=sorted(changes.updated),
        removed=sorted(changes.removed),
        held=incarnation.scanned.missing if incarnation.scanned is not None else [],
        sent=list(changes.sent),
    )
    incarnation.scanned = None
    connector.dry_run = msgspec.structs.replace(report, dry=True, names=names, sent=changes.sent_count)


def _take_outcome(incarnation: Incarnation) -> Outcome | None:
    return incarnation.context.store.take_outcome() if incarnation.context is not None else None


def _report(
    incarnation: Incarnation, seconds: float, outcome: Outcome, *, failure: str, method: str = "refresh"
) -> RefreshReport:
    scanned = incarnation.scanned or _NO_SCAN
    rejected = outcome.rejected[:REJECTIONS_SHOWN]
    return RefreshReport(
        began=time.time() - seconds,
        seconds=round(seconds, 3),
        method=method,
        seen=scanned.seen,
        created=outcome.created,
        updated=outcome.updated,
        removed=outcome.removed,
        held=scanned.missing_count,
        rejected=len(outcome.rejected),
        rejections=[Rejection(safe_text(each.subject), safe_text(each.message)) for each in rejected],
        failure=failure,
    )


def _keep(connector: ManagedConnector, incarnation: Incarnation, report: RefreshReport) -> None:
    incarnation.scanned = None
    before = connector.recent[0] if connector.recent else None
    if before is not None and report.failure and _is_repeated(before, report):
        report = msgspec.structs.replace(report, attempts=before.attempts + 1)
        connector.recent = (report, *connector.recent[1:])
    else:
        connector.recent = (report, *connector.recent[: REPORTS_KEPT - 1])


def _is_repeated(before: RefreshReport, report: RefreshReport) -> bool:
    same = msgspec.structs.replace(before, began=report.began, seconds=report.seconds, attempts=report.attempts)
    return same == report


def _nothing_catalogued(outcome: Outcome, scanned: CompletedScan | None) -> str | None:
    """The reason if a refresh has catalogued nothing because every element was refused."""
    if not outcome.rejected:
        return None
    if scanned is not None and scanned.seen:
        is_for_nothing = scanned.refused >= scanned.seen
    else:
        is_for_nothing = not (outcome.created or outcome.updated or outcome.unchanged or outcome.removed)
    if not is_for_nothing:
        return None
    first, count = outcome.rejected[0], len(outcome.rejected)
    shown = f"{safe_text(first.subject)}: {safe_text(first.message)}"
    if count == 1:
        return f"its only element was refused: {shown}"[:MOST_OF_A_REASON]
    return f"all its {count} elements were refused; the first is {shown}"[:MOST_OF_A_REASON]


def _log_refused(connector: ManagedConnector, incarnation: Incarnation, rejected: list[Rejection]) -> None:
    """Log the first elements that were refused, unless the connector does so itself."""
    if incarnation.connector is not None and incarnation.connector.names_refused_elements:
        return
    for rejection in rejected[:REJECTIONS_SHOWN]:
        connector.audit_log.record(
            messages.ELEMENT_REFUSED, connector=connector.name, element=rejection.subject, reason=rejection.message
        )
    if len(rejected) > REJECTIONS_SHOWN:
        connector.audit_log.record(
            messages.MORE_ELEMENTS_REFUSED, connector=connector.name, count=len(rejected) - REJECTIONS_SHOWN
        )
