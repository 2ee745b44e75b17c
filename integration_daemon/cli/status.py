"""`status`: the services and connectors of a running daemon."""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import trio
from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.outcomes import attempts_shown, dry_run_shown
from integration_daemon.cli.show import ago, cells_of, console, plain, print_json, state_text
from integration_daemon.cli.table import Column, table_of
from integration_daemon.client import ConnectorDetail, ConnectorsQuery, ConnectorSummary, ServerClient
from integration_daemon.supervision.recovery.failure import Failure

WATCH_INTERVAL = 2.0
"""Seconds between two updates."""
FEW = 40
"""Up to this many connectors are listed. Of more, only those that are not well are listed, up to this number."""

_COLUMNS = (
    Column("service", keep=4),
    Column("group", keep=2),
    Column("connector"),
    Column("state"),
    Column("condition", keep=5),
    Column("last success", keep=3),
    Column("next refresh", keep=2),
    Column("restarts", keep=1),
    Column("progress", keep=0, wraps=True),
)


async def status(
    connector: Annotated[str | None, Parameter(help="One connector, with all that is known of it.")] = None,
    *,
    service: Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")] = None,
    group: Annotated[str | None, Parameter(help="Qualified name of an integration group; default: all.")] = None,
    state: Annotated[str | None, Parameter(help="Only connectors in this state, such as FAILED.")] = None,
    condition: Annotated[str | None, Parameter(help="Only connectors in this condition, such as STALE.")] = None,
    failure_kind: Annotated[str | None, Parameter(help="Only connectors that failed so, such as TIMEOUT.")] = None,
    all: Annotated[bool, Parameter(help="A row for each connector, however many there are.", negative="")] = False,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of connectors.", negative="")] = False,
    watch: Annotated[bool, Parameter(help="Show it again every two seconds, until interrupted.", negative="")] = False,
) -> None:
    """Show the services and connectors of a running daemon.

    For more than 40 connectors, show the number in each state, and then the unhealthy ones.
    """
    if json and watch:
        wrong_usage("--json prints one array and ends, --watch does not end: give one of them")
    query = ConnectorsQuery(service=service, group=group, state=state, condition=condition, failure_kind=failure_kind)
    filtered = query != ConnectorsQuery()
    async with daemon_of(target) as daemon:

        async def look() -> Sequence[ConnectorSummary]:
            if connector is not None:
                return [await daemon.connector(connector)]
            return [each async for each in daemon.every_connector(query)]

        async def shown() -> RenderableType:
            if connector is not None:
                return _one(await daemon.connector(connector))
            return Group(_title(daemon), *_overview(await look(), every=all, filtered=filtered))

        if json:
            print_json(await look())
        elif watch:
            await _watch(shown)
        else:
            console().print(await shown())


async def _watch(shown: Callable[[], Awaitable[RenderableType]]) -> None:
    """Show the status repeatedly: in place on a terminal, otherwise as successive blocks."""
    if sys.stdout.isatty():
        with Live(await shown(), console=console(), auto_refresh=False, screen=True) as live:
            while True:
                await trio.sleep(WATCH_INTERVAL)
                live.update(await shown(), refresh=True)
    while True:
        block = await shown()
        console().print(Text(f"{datetime.now():%Y-%m-%d %H:%M:%S}"), block, Text())
        sys.stdout.flush()
        await trio.sleep(WATCH_INTERVAL)


def _title(daemon: ServerClient) -> Text:
    return Text(f"{daemon.name} at {daemon.url}", style="bold")


def _overview(connectors: Sequence[ConnectorSummary], *, every: bool, filtered: bool) -> list[RenderableType]:
    """List a few connectors; summarize many of them by state, and list the unhealthy ones."""
    if not connectors:
        return [Text(_nothing(filtered=filtered))]
    if every or len(connectors) <= FEW:
        return _rows(connectors)
    troubled = [each for each in connectors if _is_troubled(each)]
    parts: list[RenderableType] = [_summary(connectors)]
    if not troubled:
        return [*parts, Text("all connectors are healthy or not refreshed yet; a row for each: --all")]
    parts += _rows(troubled[:FEW])
    if len(troubled) > FEW:
        parts.append(Text(f"and {len(troubled) - FEW:,} more that are not well; --all shows every connector"))
    return parts


def _nothing(*, filtered: bool) -> str:
    if filtered:
        return "no connectors match; without options to select them all are shown"
    return "no connectors: add some to the configuration document, then 'integration-daemon reload'"


def _is_troubled(connector: ConnectorSummary) -> bool:
    return (
        connector.state in ("FAILED", "PAUSED", "STOPPED")
        or bool(connector.consecutive_failures)
        or bool(connector.findings)
    )


def _summary(connectors: Sequence[ConnectorSummary]) -> RenderableType:
    """The number of connectors of each service in each state, FAILED first."""
    counts = Counter((each.service or "", each.state or "") for each in connectors)
    services = sorted({service for service, _ in counts})
    states = sorted({state for _, state in counts}, key=lambda state: (state != "FAILED", state))
    rows = [(service, [counts[service, state] for state in states]) for service in services]
    if len(services) > 1:
        rows.append(("all", [sum(counts[service, state] for service in services) for state in states]))
    columns = [Column("service"), Column("connectors"), *(Column(state) for state in states)]
    shown = [[name, f"{sum(figures):,}", *(f"{each:,}" if each else "" for each in figures)] for name, figures in rows]
    return table_of(columns, cells_of(shown), width=console().width)


def _rows(connectors: Sequence[ConnectorSummary]) -> list[RenderableType]:
    rows = [
        (
            each.service,
            each.group or "",
            each.connector_name,
            Text(each.state or "", style="yellow") if each.refresh_problem else state_text(each.state or ""),
            state_text(each.condition.value if each.condition else ""),
            ago(each.last_success or None),
            _next(each),
            each.restarts or "",
            each.progress or "",
        )
        for each in connectors
    ]
    return [table_of(_COLUMNS, cells_of(rows), width=console().width), *_failures(connectors), *_findings(connectors)]


def _next(connector: ConnectorSummary) -> str:
    """When a connector is refreshed again, or restarted by its policy."""
    if connector.restart_due:
        return f"restart {ago(connector.restart_due)}"
    if connector.restart_awaits:
        return f"when {plain(connector.restart_awaits)} is back"
    return ago(connector.next_due or None)


def _failures(connectors: Sequence[ConnectorSummary]) -> list[Text]:
    """Why connectors have failed; connectors with the same failure are shown together."""
    return _together(((each, _why(each.failure)) for each in connectors if each.failure), "bold red")


def _findings(connectors: Sequence[ConnectorSummary]) -> list[Text]:
    """What else is wrong with connectors, and what to do."""
    found = (
        (each, f"{finding.text} -> {finding.action}")
        for each in connectors
        for finding in each.findings or ()
        if finding.reason != "FAILED"
    )
    return _together(found, "bold yellow")


def _together(reasons: Iterable[tuple[ConnectorSummary, str]], style: str) -> list[Text]:
    """A line for each reason, with the first connector that it is about and the number of the others."""
    alike: dict[str, list[str]] = {}
    for connector, reason in reasons:
        alike.setdefault(reason, []).append(plain(connector.connector_name))
    return [
        Text.assemble((f"{first}{f' and {len(others):,} more' if others else ''}: ", style), plain(reason))
        for reason, (first, *others) in alike.items()
    ]


def _why(failure: Failure) -> str:
    return f"{failure.kind.value}: {failure.message}" + (f" -> {failure.user_action}" if failure.user_action else "")


def _one(connector: ConnectorDetail) -> RenderableType:
    """Show every detail of one connector."""
    known = msgspec.to_builtins(connector)
    failure = known.pop("failure", {})
    for shown_apart in ("connectorName", "recentRefreshes", "findings", "dryRun"):
        known.pop(shown_apart, None)
    rows = [*known.items(), *((f"failure: {name}", value) for name, value in failure.items() if value)]
    columns = (Column("connector"), Column(plain(connector.connector_name), wraps=True))
    parts: list[RenderableType] = [table_of(columns, cells_of(rows), width=console().width)]
    parts += _findings([connector])
    if connector.recent_refreshes:
        parts.append(attempts_shown(connector.recent_refreshes))
    if connector.dry_run:
        parts.append(dry_run_shown(connector.dry_run))
    return Group(*parts)
