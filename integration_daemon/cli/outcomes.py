"""The outcome of an operation for people: one line if it was carried out, an error if it was not."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from integration_daemon.cli.failure import FAILED, fail, show_error
from integration_daemon.cli.show import cells_of, console, plain, when
from integration_daemon.cli.table import Column, table_of

NAMED = 20
"""The number of connectors that are listed with their reasons; the others are only counted."""
_DONE = {"refresh": "refreshed", "restart": "restarted", "pause": "paused", "resume": "resumed", "stop": "stopped"}


def tell_of_one(connector: str, outcome: dict[str, Any]) -> None:
    """Report the outcome for one connector, or its catalog targets; ends the command if one did not carry it out."""
    if outcome["asked"] > 1:
        tell_of_many(f"{connector} and its catalog targets", outcome)
        return
    done = _DONE[outcome["operation"]]
    if outcome["atWork"]:
        print(f"{plain(connector)}: still at work on it; see: integration-daemon status")
    for each in outcome["notDone"]:
        fail(f"{connector}: {outcome['operation']} without success: {reason_of(each)}")
    if outcome["done"]:
        print(f"{plain(connector)}: {done}")


def tell_of_many(subject: str, outcome: dict[str, Any]) -> None:
    """Report how many connectors carried out the operation, and which did not; ends the command if any failed."""
    done = _DONE[outcome["operation"]]
    parts = [f"{outcome['done']:,} of {outcome['asked']:,} {done}"]
    parts += [f"{outcome[key]:,} {label}" for key, label in _COUNTS.items() if outcome[key]]
    print(f"{plain(subject)}: {', '.join(parts)}")
    for each in outcome["notDone"][:NAMED]:
        show_error(f"{each['connectorName']}: {outcome['operation']} without success: {reason_of(each)}")
    more = outcome["failed"] + outcome["resting"] - len(outcome["notDone"][:NAMED])
    if more:
        show_error(f"{more:,} more were not {done}; see: integration-daemon status --state FAILED")
    if outcome["failed"]:
        raise SystemExit(FAILED)


_COUNTS = {"failed": "failed", "resting": "paused or stopped by an operator", "atWork": "still at work"}


def reason_of(each: dict[str, Any]) -> str:
    """Why a connector did not carry out the operation, and the user action."""
    action = each.get("userAction")
    return f"{each['reason']}" + (f" -> {action}" if action else "")


def dry_run_shown(report: dict[str, Any]) -> Group:
    """The changes that a refresh would make: counts, and the first names of each kind."""
    names = report.get("names", {})
    rows = [row for row in report.items() if row[0] not in ("names", "method", "dry", "rejections")]
    columns = (Column(""), Column("dry run", wraps=True))
    lines: list[RenderableType] = [table_of(columns, cells_of(rows), width=console().width)]
    for kind, label in _KINDS.items():
        named = names.get(kind, ())
        lines += [_line(f"{label}: {name}") for name in named]
        if named and (more := report.get(kind, 0) - len(named)) > 0:
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


def attempts_shown(reports: list[dict[str, Any]]) -> Group:
    """The last attempts of a connector, those that failed with their reasons, and why elements were refused."""
    rows = [
        [
            when(each["began"]),
            each.get("method", "refresh"),
            *(each.get(one.heading, "") for one in _ATTEMPTS[2:-1]),
            _failure(each),
        ]
        for each in reports
    ]
    refused: list[dict[str, Any]] = next((each["rejections"] for each in reports if "rejections" in each), [])
    return Group(
        Text("its last attempts", style="bold"),
        table_of(_ATTEMPTS, cells_of(rows), width=console().width),
        *(_line(f"not catalogued: {each['subject']}: {each['message']}") for each in refused),
    )


def _line(text: str) -> Text:
    """Print a line of names, wrapped at the width of the terminal."""
    return Text(plain(text), overflow="fold")


def _failure(report: dict[str, Any]) -> str:
    attempts = f"{report['attempts']:,} times in a row: " if "attempts" in report else ""
    return attempts + report["failure"] if report.get("failure") else ""


def require_running(done: dict[str, Any]) -> None:
    """End the command with the reasons of connectors that have failed with the new document."""
    failed = done.get("notRunning", [])
    for each in failed:
        show_error(f"{each['connectorName']} has failed: {reason_of(each)}")
    if failed:
        raise SystemExit(FAILED)
