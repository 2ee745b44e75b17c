"""The outcome of an operation for people: one line if it was carried out, an error if it was not."""

from collections.abc import Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from integration_daemon.cli.failure import FAILED, fail, show_error
from integration_daemon.cli.show import cells_of, console, plain, when
from integration_daemon.cli.table import Column, table_of
from integration_daemon.rest.native.connector_answers import ShownReport
from integration_daemon.supervision.connector.operation_outcome import NotDone, OperationOutcome
from integration_daemon.supervision.reconfigured import Reconfigured

NAMED = 20
"""Connectors that are listed with their reasons; the others are only counted."""
_DONE = {"refresh": "refreshed", "restart": "restarted", "pause": "paused", "resume": "resumed", "stop": "stopped"}


def report_one(connector: str, outcome: OperationOutcome) -> None:
    """Report the outcome for one connector, or its catalog targets; a failure ends the command."""
    if outcome.asked > 1:
        report_many(f"{connector} and its catalog targets", outcome)
        return
    done = _DONE[outcome.operation]
    if outcome.at_work:
        print(f"{plain(connector)}: {outcome.operation} still in progress; see: integration-daemon operations")
    for each in outcome.not_done:
        fail(f"{connector}: {outcome.operation} failed: {reason_of(each)}")
    if outcome.done:
        print(f"{plain(connector)}: {done}")


def report_many(subject: str, outcome: OperationOutcome) -> None:
    """Report the outcome for several connectors: counts, and the first failures; a failure ends the command."""
    done = _DONE[outcome.operation]
    print(f"{plain(subject)}: {shown_counts(outcome, done)}")
    for each in outcome.not_done[:NAMED]:
        show_error(f"{each.connector_name}: {outcome.operation} failed: {reason_of(each)}")
    more = outcome.failed + outcome.resting - len(outcome.not_done[:NAMED])
    if more:
        show_error(f"{more:,} more were not {done}; see: integration-daemon status --state FAILED")
    if outcome.failed:
        raise SystemExit(FAILED)


def shown_counts(outcome: OperationOutcome, done: str = "") -> str:
    """Counts of connectors that carried out the operation, called `done`, and of the others by kind."""
    others = {
        "failed": outcome.failed,
        "cancelled": outcome.cancelled,
        "paused or stopped by an operator": outcome.resting,
        "in progress": outcome.at_work,
    }
    parts = [f"{outcome.done:,} of {outcome.asked:,} {done}".rstrip()]
    return ", ".join(parts + [f"{count:,} {label}" for label, count in others.items() if count])


def reason_of(each: NotDone) -> str:
    """The reason why a connector did not carry out the operation, and the user action."""
    return each.reason + (f" -> {each.user_action}" if each.user_action else "")


def dry_run_shown(report: ShownReport) -> Group:
    """The report of a dry run: counts, and the first names of each kind of change."""
    known: dict[str, object] = msgspec.to_builtins(report)
    rows = [row for row in known.items() if row[0] not in ("names", "method", "dry", "rejections")]
    columns = (Column(""), Column("dry run", wraps=True))
    lines: list[RenderableType] = [table_of(columns, cells_of(rows), width=console().width)]
    for kind, label in _KINDS.items():
        named = getattr(report.names, kind, ())
        lines += [_line(f"{label}: {name}") for name in named]
        if named and (more := getattr(report, kind) - len(named)) > 0:
            lines.append(_line(f"{label}: {more:,} more"))
    return Group(*lines)


_KINDS = {
    "created": "would be created",
    "updated": "would be updated",
    "removed": "would be removed",
    "held": "would be held until an operator decides",
    "sent": "would be sent",
}
_ATTEMPTS = (
    Column("began"),
    Column("method", keep=2),
    Column("seconds", keep=0),
    Column("seen", keep=1),
    *(Column(name) for name in ("created", "updated", "removed", "held", "rejected")),
    Column("failure", wraps=True, least=12),
)


def attempts_shown(reports: Sequence[ShownReport]) -> Group:
    """The last attempts of a connector, with the reasons of failures and of refused elements."""
    rows = [
        [
            when(each.began),
            each.method,
            each.seconds,
            *(getattr(each, one.heading) or "" for one in _ATTEMPTS[3:-1]),
            _failure(each),
        ]
        for each in reports
    ]
    refused = next((each.rejections for each in reports if each.rejections), [])
    return Group(
        Text("last attempts", style="bold"),
        table_of(_ATTEMPTS, cells_of(rows), width=console().width),
        *(_line(f"not catalogued: {each.subject}: {each.message}") for each in refused),
    )


def _line(text: str) -> Text:
    """A line of names, wrapped at the width of the terminal."""
    return Text(plain(text), overflow="fold")


def _failure(report: ShownReport) -> str:
    attempts = f"{report.attempts:,} times in a row: " if report.attempts > 1 else ""
    return attempts + report.failure if report.failure else ""


def require_running(done: Reconfigured) -> None:
    """End the command if connectors have failed with the new document, and show their reasons."""
    failed = done.not_running or []
    for each in failed:
        show_error(f"{each.connector_name} has failed: {reason_of(each)}")
    if failed:
        raise SystemExit(FAILED)
