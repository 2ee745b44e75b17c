"""All that is known of one connector."""

import re

import msgspec
from rich.console import Group, RenderableType

from integration_daemon.cli.causes import causes_of
from integration_daemon.cli.outcomes import attempts_shown, dry_run_shown
from integration_daemon.cli.show import ago, cells_of, console, plain, when
from integration_daemon.cli.table import Column, table_of
from integration_daemon.client import ConnectorDetail

_APART = ("connectorName", "recentRefreshes", "findings", "dryRun", "failure")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
_ABOVE = ("kind", "message", "userAction")


def connector_shown(connector: ConnectorDetail) -> RenderableType:
    """What is wrong and what to do, then every field, then its last attempts."""
    known = msgspec.to_builtins(connector)
    failure = known.get("failure", {})
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


def _readable(value: object) -> object:
    """A time in the terminal's own time zone; other values as they are."""
    return f"{when(value)}, {ago(value)}" if isinstance(value, str) and _TIME.fullmatch(value) else value
