"""`status`, `refresh` and `restart`: looking after a running daemon."""

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter
from rich.console import Group
from rich.live import Live
from rich.text import Text

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.failure import fail
from integration_daemon.cli.show import ago, console, plain, print_json, print_table, state_text, table_of, when
from integration_daemon.config.load import read_document

WATCH_INTERVAL = 2.0
"""Seconds between looks."""
_PAGE = 1_000

_Service = Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")]
_Connector = Annotated[str | None, Parameter(help="Name of a connector; default: all.")]


def status(
    connector: Annotated[str | None, Parameter(help="One connector, with all that is known of it.")] = None,
    *,
    service: _Service = None,
    state: Annotated[str | None, Parameter(help="Only connectors in this state, such as FAILED.")] = None,
    failure_kind: Annotated[str | None, Parameter(help="Only connectors that failed so, such as TIMEOUT.")] = None,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of connectors.", negative="")] = False,
    watch: Annotated[bool, Parameter(help="Keep showing it until interrupted.", negative="")] = False,
) -> None:
    """Show the services and connectors of a running daemon."""
    platform = Platform(target or Target())
    if connector is not None:
        one = platform.get(platform.native(f"connectors/{quote(connector, safe='')}"))
        if json:
            print_json([one])
        else:
            _show(one)
        return
    filters = {"service": service, "state": state, "failureKind": failure_kind}
    if json:
        print_json(_connectors(platform, filters))
    elif watch:
        _watch(platform, filters)
    else:
        console().print(_shown(platform, filters))


def _show(one: dict[str, Any]) -> None:
    failure, refreshes = one.pop("failure", {}), one.pop("recentRefreshes", [])
    rows = [*one.items(), *((f"failure: {name}", value) for name, value in failure.items() if value)]
    print_table(("", one["connectorName"]), rows[1:])
    columns = ("began", "seconds", "seen", "created", "updated", "removed", "held", "rejected", "failure")
    if refreshes:
        shown = [[when(each["began"]), *(each.get(column, "") for column in columns[1:])] for each in refreshes]
        print_table(columns, shown, title="its last refreshes")


def refresh(
    *,
    service: _Service = None,
    connector: _Connector = None,
    dry_run: Annotated[bool, Parameter(help="Show what it would change, and write nothing.", negative="")] = False,
    target: Target | None = None,
) -> None:
    """Have connectors compare their third party with open metadata now."""
    platform = Platform(target or Target())
    if not dry_run:
        _ask(platform, "refresh", service, connector)
        return
    if connector is None:
        fail("a dry run is of one connector: name it with --connector")
    answer = platform.post(platform.native(f"connectors/{quote(connector, safe='')}/dry-run"))
    if answer["dryRun"] is None:
        fail("it is still at it; 'integration-daemon status' with its name shows the dry run when it is done")
    print_table(("", "dry run"), answer["dryRun"].items())


def restart(*, service: _Service = None, connector: _Connector = None, target: Target | None = None) -> None:
    """Begin connectors anew: the way out of FAILED."""
    _ask(Platform(target or Target()), "restart", service, connector)


def pause(connector: str, *, target: Target | None = None) -> None:
    """Let a connector rest: it keeps what it holds and is not refreshed, over restarts of the daemon too."""
    _change(Platform(target or Target()), "pause", connector)


def resume(connector: str, *, target: Target | None = None) -> None:
    """Have a paused or stopped connector run again."""
    _change(Platform(target or Target()), "resume", connector)


def stop(connector: str, *, target: Target | None = None) -> None:
    """Disconnect a connector, and do not call it until it is resumed."""
    _change(Platform(target or Target()), "stop", connector)


def reload(
    document: Annotated[
        Path | None, Parameter(help="The changed document; default: the daemon reads its own again.")
    ] = None,
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: what was changed.", negative="")] = False,
) -> None:
    """Have a running daemon take over its changed document; connectors that it does not change go on undisturbed."""
    platform = Platform(target or Target())
    body = None if document is None else read_document(document)
    done = platform.post(platform.native(f"reload?user={quote(platform.user, safe='')}"), body)
    if json:
        print_json(done)
        return
    for what in ("added", "changed", "removed"):
        print(f"{what}: {', '.join(plain(name) for name in done[what]) or 'none'}")
    print(f"unchanged: {done['unchanged']}")
    if done["needsRestart"]:
        print(f"takes effect when the server is started again: {', '.join(done['needsRestart'])}")


def _change(platform: Platform, what: str, connector: str) -> None:
    path = f"connectors/{quote(connector, safe='')}/{what}?user={quote(platform.user)}"
    answer = platform.post(platform.native(path))
    print(f"{plain(connector)}: {answer['state']}")


def _ask(platform: Platform, what: str, service: str | None, connector: str | None) -> None:
    body = {"class": "NameRequestBody", "name": connector} if connector else None
    where = f"integration-services/{service}" if service else "integration-connectors"
    platform.post(platform.compatible(f"{where}/{what}"), body)
    subject = connector or (f"all connectors of {service}" if service else "all connectors")
    print(f"{plain(subject)}: {what} done; see: integration-daemon status")


def _connectors(platform: Platform, filters: dict[str, str | None]) -> list[dict[str, Any]]:
    connectors: list[dict[str, Any]] = []
    while True:
        page = platform.get(platform.native("connectors"), startFrom=len(connectors), limit=_PAGE, **filters)
        connectors += page["connectors"]
        if not page["connectors"] or len(connectors) >= page["total"]:
            return connectors


def _watch(platform: Platform, filters: dict[str, str | None]) -> None:
    with Live(_shown(platform, filters), auto_refresh=False, screen=True) as live:
        while True:
            time.sleep(WATCH_INTERVAL)
            live.update(_shown(platform, filters), refresh=True)


def _shown(platform: Platform, filters: dict[str, str | None]) -> Group:
    connectors = _connectors(platform, filters)
    rows = [
        (
            each["service"],
            each["connectorName"],
            state_text(each["state"]),
            ago(each.get("lastSuccess")),
            ago(each.get("nextDue")),
            each["restarts"] or "",
            each.get("progress", ""),
        )
        for each in connectors
    ]
    columns = ("service", "connector", "state", "last success", "next refresh", "restarts", "progress")
    failures = [
        Text.assemble((f"{plain(each['connectorName'])}: ", "bold red"), plain(_why(each["failure"])))
        for each in connectors
        if each.get("failure")
    ]
    failures += [
        Text.assemble(
            (f"{plain(each['connectorName'])}: ", "bold yellow"),
            f"{each['heldDeletions']:,} elements are gone, and wait for your word: integration-daemon deletions list",
        )
        for each in connectors
        if each.get("heldDeletions")
    ]
    return Group(table_of(columns, rows, title=f"{platform.server} at {platform.url}"), *failures)


def _why(failure: dict[str, Any]) -> str:
    action = failure.get("userAction")
    return f"{failure['kind']}: {failure['message']}" + (f" -> {action}" if action else "")
