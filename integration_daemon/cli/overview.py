"""The overview of a daemon: counts of its connectors, causes of problems with remedies, and the connectors."""

from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console, Group, RenderableType
from rich.text import Text

from audit.counted import counted
from integration_daemon.cli.causes import causes_of
from integration_daemon.cli.show import UNBOUNDED, ago, cells_of, console, plain, state_text
from integration_daemon.cli.table import Column, table_of
from integration_daemon.client import ConnectorPage, ConnectorsQuery, ConnectorSummary

FEW = 40
"""Greatest number of connectors that are listed, in a pipe or a tall terminal."""
LEAST = 3
"""Least number of rows, in the smallest terminal."""
_FRAME = 8
"""Lines of a terminal around the rows of a table: its frame and heading, the note below, and the next prompt."""
_WORST = {"STALE": 1, "DEGRADED": 2, "UNKNOWN": 3, "HEALTHY": 4}

_COLUMNS = (
    Column("connector"),
    Column("state"),
    Column("condition", keep=5),
    Column("last success", keep=4),
    Column("next refresh", keep=3),
    Column("restarts", keep=1),
    Column("group", keep=2),
    Column("service", keep=2),
    Column("progress", keep=0, wraps=True),
)


class ConnectorOverview(msgspec.Struct, frozen=True):
    """The connectors that a query selects."""

    page: ConnectorPage
    """The page with the counts."""
    connectors: Sequence[ConnectorSummary]
    """All connectors if they are few, or else the first unhealthy ones."""
    is_all: bool = False
    """True if all connectors are to be listed."""


def overview(title: str, seen: ConnectorOverview, query: ConnectorsQuery) -> RenderableType:
    """The counts, the causes and the connectors, as many as fit."""
    total, out = seen.page.total, console()
    if not total:
        return Group(Text(title, style="bold"), Text(_nothing(query)))
    above: list[RenderableType] = [
        Text(f"{title}: {_count(total)}", style="bold"),
        *(() if query.condition or query.state else _counts("condition", seen.page.conditions, _WORST)),
        *(() if query.state else _counts("state", seen.page.counts, ("FAILED",))),
    ]
    worst = sorted(seen.connectors, key=_badness)
    above += causes_of(worst, lines=out.height // 2 if out.width != UNBOUNDED else None)
    room = len(worst) if seen.is_all else _room(out, above)
    rows = worst if total <= room else [each for each in worst if _is_asked_for(each, query)][:room]
    if not rows:
        return Group(*above, Text("all connectors are healthy or not refreshed yet; --all lists them"))
    return Group(*above, _table(rows), *_rest(seen, query, rows))


def _count(total: int) -> str:
    return counted(total, "connector")


def _counts(kind: str, counts: dict[str, int], first: Iterable[str]) -> list[Text]:
    """A line with the counts of connectors by kind, the worst kind first."""
    names = [*(each for each in first if each in counts), *(each for each in counts if each not in first)]
    shown = [Text.assemble(f"{counts[name]:,} ", state_text(name)) for name in names]
    return [Text.assemble(f"{kind + ':':11}", Text(", ").join(shown))] if shown else []


def _nothing(query: ConnectorsQuery) -> str:
    if query != ConnectorsQuery():
        return "no connectors match the options"
    return "no connectors: add some to the configuration document, then 'integration-daemon reload'"


def _badness(connector: ConnectorSummary) -> tuple[bool, int]:
    condition = connector.condition.value if connector.condition else ""
    return connector.state != "FAILED", _WORST.get(condition, 0)


def _is_asked_for(connector: ConnectorSummary, query: ConnectorsQuery) -> bool:
    """True if a connector is unhealthy, or the query selects by state or condition."""
    return bool(connector.findings) or any((query.state, query.condition, query.failure_kind))


def _room(out: Console, above: Sequence[RenderableType]) -> int:
    """The number of rows that fit."""
    if out.width == UNBOUNDED:
        return FEW
    used = sum(len(out.render_lines(each, pad=False)) for each in above)
    return min(FEW, max(LEAST, out.height - used - _FRAME))


def _rest(seen: ConnectorOverview, query: ConnectorsQuery, rows: Sequence[ConnectorSummary]) -> list[Text]:
    """A note of the connectors that are not listed, and the option that lists them."""
    more = seen.page.total - len(rows)
    if not more:
        return []
    if any((query.state, query.condition, query.failure_kind)):
        return [Text(f"and {more:,} more that match; --all lists them")]
    sick = {each: seen.page.conditions.get(each, 0) for each in ("STALE", "DEGRADED")}
    hidden = sum(sick.values()) - sum(bool(each.findings) for each in rows)
    if hidden <= 0:
        return [Text(f"and {more:,} more; --all lists them")]
    options = " or ".join(f"--condition {each}" for each, count in sick.items() if count)
    return [Text(f"and {hidden:,} more that are unhealthy; {options} lists them, --all lists every connector")]


def _table(connectors: Sequence[ConnectorSummary]) -> RenderableType:
    services = {each.service for each in connectors}
    rows = [
        (
            each.connector_name,
            Text(each.state or "", style="yellow") if each.refresh_problem else state_text(each.state or ""),
            state_text(each.condition.value if each.condition else ""),
            ago(each.last_success or None),
            _next(each),
            each.restarts or "",
            each.group or "",
            each.service if len(services) > 1 else "",
            each.progress or "",
        )
        for each in connectors
    ]
    return table_of(_COLUMNS, cells_of(rows), width=console().width)


def _next(connector: ConnectorSummary) -> str:
    """The time of the next refresh, or of the restart by policy."""
    if connector.restart_due:
        return f"restart {ago(connector.restart_due)}"
    if connector.restart_awaits:
        return f"when {plain(connector.restart_awaits)} is back"
    return ago(connector.next_due or None)
