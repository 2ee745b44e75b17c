"""`status`: the services and connectors of a running daemon."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.outcomes import attempts_shown, dry_run_shown
from integration_daemon.cli.show import ago, cells_of, console, plain, print_json, state_text
from integration_daemon.cli.table import Column, table_of

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

Connector = dict[str, Any]


def status(
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
    platform = Platform(target or Target())

    def look() -> list[Connector]:
        if connector is not None:
            return [platform.get(platform.native(f"connectors/{quote(connector, safe='')}"))]
        filters = {"service": service, "group": group, "state": state, "condition": condition}
        return platform.connectors(**filters, failureKind=failure_kind)

    def shown() -> RenderableType:
        found = look()
        if connector is not None:
            return _one(found[0])
        filtered = any((service, group, state, condition, failure_kind))
        return Group(_title(platform), *_overview(found, every=all, filtered=filtered))

    if json:
        print_json(look())
    elif watch:
        _watch(shown)
    else:
        console().print(shown())


def _watch(shown: Callable[[], RenderableType]) -> None:
    """Show the status repeatedly: in place on a terminal, otherwise as successive blocks."""
    if sys.stdout.isatty():
        with Live(shown(), console=console(), auto_refresh=False, screen=True) as live:
            while True:
                time.sleep(WATCH_INTERVAL)
                live.update(shown(), refresh=True)
    while True:
        block = shown()
        console().print(Text(f"{datetime.now():%Y-%m-%d %H:%M:%S}"), block, Text())
        sys.stdout.flush()
        time.sleep(WATCH_INTERVAL)


def _title(platform: Platform) -> Text:
    return Text(f"{platform.server} at {platform.url}", style="bold")


def _overview(connectors: Sequence[Connector], *, every: bool, filtered: bool) -> list[RenderableType]:
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


def _is_troubled(connector: Connector) -> bool:
    return (
        connector["state"] in ("FAILED", "PAUSED", "STOPPED")
        or bool(connector.get("consecutiveFailures"))
        or bool(connector.get("findings"))
    )


def _summary(connectors: Sequence[Connector]) -> RenderableType:
    """The number of connectors of each service in each state, FAILED first."""
    counts = Counter((each["service"], each["state"]) for each in connectors)
    services = sorted({service for service, _ in counts})
    states = sorted({state for _, state in counts}, key=lambda state: (state != "FAILED", state))
    rows = [[service, *(counts[service, state] for state in states)] for service in services]
    if len(services) > 1:
        rows.append(["all", *(sum(counts[service, state] for service in services) for state in states)])
    columns = [Column("service"), Column("connectors"), *(Column(state) for state in states)]
    shown = [[name, f"{sum(figures):,}", *(f"{each:,}" if each else "" for each in figures)] for name, *figures in rows]
    return table_of(columns, cells_of(shown), width=console().width)


def _rows(connectors: Sequence[Connector]) -> list[RenderableType]:
    rows = [
        (
            each["service"],
            each.get("group", ""),
            each["connectorName"],
            Text(each["state"], style="yellow") if "refreshProblem" in each else state_text(each["state"]),
            state_text(each.get("condition", "")),
            ago(each.get("lastSuccess")),
            _next(each),
            each["restarts"] or "",
            each.get("progress", ""),
        )
        for each in connectors
    ]
    return [table_of(_COLUMNS, cells_of(rows), width=console().width), *_failures(connectors), *_findings(connectors)]


def _next(connector: Connector) -> str:
    """When a connector is refreshed again, or restarted by its policy."""
    if "restartDue" in connector:
        return f"restart {ago(connector['restartDue'])}"
    if "restartAwaits" in connector:
        return f"when {plain(connector['restartAwaits'])} is back"
    return ago(connector.get("nextDue"))


def _failures(connectors: Sequence[Connector]) -> list[Text]:
    """Why connectors have failed; connectors with the same failure are shown together."""
    return _together(((each, _why(each["failure"])) for each in connectors if each.get("failure")), "bold red")


def _findings(connectors: Sequence[Connector]) -> list[Text]:
    """What else is wrong with connectors, and what to do."""
    found = (
        (each, f"{finding['text']} -> {finding['action']}")
        for each in connectors
        for finding in each.get("findings", ())
        if finding["reason"] != "FAILED"
    )
    return _together(found, "bold yellow")


def _together(reasons: Iterable[tuple[Connector, str]], style: str) -> list[Text]:
    """A line for each reason, with the first connector that it is about and the number of the others."""
    alike: dict[str, list[str]] = {}
    for connector, reason in reasons:
        alike.setdefault(reason, []).append(plain(connector["connectorName"]))
    return [
        Text.assemble((f"{first}{f' and {len(others):,} more' if others else ''}: ", style), plain(reason))
        for reason, (first, *others) in alike.items()
    ]


def _why(failure: dict[str, Any]) -> str:
    action = failure.get("userAction")
    return f"{failure['kind']}: {failure['message']}" + (f" -> {action}" if action else "")


def _one(connector: Connector) -> RenderableType:
    """Show every detail of one connector."""
    known = dict(connector)
    failure, attempts = known.pop("failure", {}), known.pop("recentRefreshes", [])
    findings = _findings([connector])
    known.pop("findings", None)
    dry_run = known.pop("dryRun", None)
    rows = [*known.items(), *((f"failure: {name}", value) for name, value in failure.items() if value)]
    columns = (Column("connector"), Column(plain(connector["connectorName"]), wraps=True))
    parts: list[RenderableType] = [table_of(columns, cells_of(rows[1:]), width=console().width)]
    parts += findings
    if attempts:
        parts.append(attempts_shown(attempts))
    if dry_run is not None:
        parts.append(dry_run_shown(dry_run))
    return Group(*parts)
