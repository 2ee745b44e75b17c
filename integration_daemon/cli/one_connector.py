"""The display of one connector."""

import re

import msgspec
from rich.console import Group, RenderableType

from audit.counted import counted
from integration_daemon.cli.causes import causes_of
from integration_daemon.cli.outcomes import attempts_shown, dry_run_shown
from integration_daemon.cli.show import ago, cells_of, console, plain, when
from integration_daemon.cli.table import Column, table_of
from integration_daemon.client import ConnectorDetail
from integration_daemon.rest.native.connector_answers import ShownRemoval

_APART = ("connectorName", "recentRefreshes", "findings", "dryRun", "failure")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
_ABOVE = ("kind", "message", "userAction")


def connector_shown(connector: ConnectorDetail) -> RenderableType:
    """The causes of its problems with remedies, then every field, then the last attempts."""
    known = msgspec.to_builtins(connector)
    failure = known.get("failure", {})
    known |= _in_words(connector)
    rows = [
        *((name, _readable(value)) for name, value in known.items() if name not in _APART),
        *((f"failure: {name}", value) for name, value in failure.items() if name not in _ABOVE),
    ]
    columns = (Column("connector"), Column(plain(connector.connector_name), wraps=True))
    parts = [*causes_of([connector]), table_of(columns, cells_of(rows), width=console().width)]
    if connector.recent_refreshes:
        parts.append(attempts_shown(connector.recent_refreshes))
    if connector.dry_run:
        parts.append(dry_run_shown(connector.dry_run))
    return Group(*parts)


def _in_words(connector: ConnectorDetail) -> dict[str, object]:
    """The fields of which a program gets more than one value."""
    words: dict[str, object] = {}
    if connector.labels:
        words["labels"] = ", ".join(connector.labels)
    if use := connector.event_loop:
        parts = [f"held {counted(use.times, 'time')}, for {use.seconds:.1f} s in total"]
        parts += [f"its refresh is postponed until {when(use.put_off_until)}"] if use.put_off_until else []
        parts += ["it was moved to its own process"] if use.moved_to_process else []
        words["eventLoop"] = "; ".join(parts)
    if connector.deletions:
        words["deletions"] = "; ".join(
            f"{each.count:,} of {counted(each.known, 'element')} in {each.scope}, {_state_of(each)}"
            for each in connector.deletions
        )
    return words


def _state_of(held: ShownRemoval) -> str:
    return "rejected" if held.rejected else f"held since {when(held.since)}"


def _readable(value: object) -> object:
    """A time in the terminal's time zone; other values unchanged."""
    return f"{when(value)}, {ago(value)}" if isinstance(value, str) and _TIME.fullmatch(value) else value
