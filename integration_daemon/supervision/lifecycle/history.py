"""The history of a connector's refreshes, as its status shows it."""

import time

from audit.safe_text import safe_text
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.refresh_report import KEPT, REJECTIONS_SHOWN, RefreshReport
from integration_daemon.supervision.recovery.failure import message_of, most_telling
from services.metadata.changes import Outcome, Rejection


def note_refresh(
    connector: ManagedConnector, incarnation: Incarnation, seconds: float, error: Exception | None = None
) -> None:
    """Keep a report of a refresh that looked at the catalogue or changed it."""
    assert incarnation.context is not None
    outcome = incarnation.context.store.take_outcome()
    if outcome is None and incarnation.scanned is None:
        return
    report = _report(connector, incarnation, seconds, outcome or Outcome(), error)
    connector.recent = (report, *connector.recent[: KEPT - 1])


def note_dry_run(
    connector: ManagedConnector, incarnation: Incarnation, seconds: float, outcome: Outcome, error: Exception | None
) -> None:
    """Keep a report of what a dry run would have changed."""
    connector.dry_run = _report(connector, incarnation, seconds, outcome, error, dry=True)


def _report(
    connector: ManagedConnector,
    incarnation: Incarnation,
    seconds: float,
    outcome: Outcome,
    error: Exception | None,
    *,
    dry: bool = False,
) -> RefreshReport:
    scanned = incarnation.scanned
    return RefreshReport(
        began=time.time() - seconds,
        seconds=round(seconds, 3),
        seen=scanned.seen if scanned is not None else 0,
        created=outcome.created,
        updated=outcome.updated,
        removed=outcome.removed,
        held=scanned.gone_count if scanned is not None else 0,
        rejected=len(outcome.rejected),
        rejections=[
            Rejection(safe_text(each.subject), safe_text(each.message)) for each in outcome.rejected[:REJECTIONS_SHOWN]
        ],
        failure=connector.without_secrets(message_of(most_telling(error))) if error is not None else "",
        dry=dry,
    )
