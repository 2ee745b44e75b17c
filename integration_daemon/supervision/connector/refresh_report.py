"""What a refresh did to the catalogue."""

import time

import msgspec

from integration_daemon.supervision.connector.incarnation import Incarnation
from services.metadata.changes import Outcome, Rejection

KEPT = 10
"""Reports of a connector that are kept, the newest first."""
REJECTIONS_SHOWN = 20


class RefreshReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One refresh that looked at or changed the catalogue."""

    began: float
    """Seconds since the epoch."""
    seconds: float
    seen: int = 0
    """Elements that its scans stated."""
    created: int = 0
    updated: int = 0
    removed: int = 0
    held: int = 0
    """Elements that were not found, and are kept until an operator decides."""
    rejected: int = 0
    """Elements that could not be catalogued."""
    rejections: list[Rejection] = []
    """Why, for the first of them."""
    failure: str = ""
    """The message of what ended it early."""
    dry: bool = False
    """Nothing was written: this is what would have been."""


def report_of_refresh(
    incarnation: Incarnation,
    seconds: float,
    error: Exception | None = None,
    *,
    outcome: Outcome | None,
    dry: bool = False,
) -> RefreshReport | None:
    """What a refresh of so many seconds did; `None` if it did not look at the catalogue, and was no dry run."""
    scanned = incarnation.scanned
    if outcome is None and scanned is None and not dry:
        return None
    outcome = outcome or Outcome()
    return RefreshReport(
        began=time.time() - seconds,
        seconds=round(seconds, 3),
        seen=scanned.seen if scanned is not None else 0,
        created=outcome.created,
        updated=outcome.updated,
        removed=outcome.removed,
        held=scanned.gone_count if scanned is not None else 0,
        rejected=len(outcome.rejected),
        rejections=outcome.rejected[:REJECTIONS_SHOWN],
        failure=str(error) if error is not None else "",
        dry=dry,
    )
