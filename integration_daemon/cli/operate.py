"""`refresh`, `restart`, `pause` and the other commands that operate a running daemon."""

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import Parameter

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.config import await_trial, seconds_of
from integration_daemon.cli.failure import fail
from integration_daemon.cli.outcomes import dry_run_shown, reason_of, require_running, tell_of_many, tell_of_one
from integration_daemon.cli.show import console, plain, print_json
from integration_daemon.config.load import convert, read_document

_EACH = 1.0
"""Seconds between two looks at an operation in progress."""
_Service = Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")]
_Connector = Annotated[str | None, Parameter(help="Name of a connector; default: all.")]


def refresh(
    connector: _Connector = None,
    *,
    service: _Service = None,
    dry_run: Annotated[bool, Parameter(help="Show what it would change, and write nothing.", negative="")] = False,
    target: Target | None = None,
) -> None:
    """Refresh connectors now: they compare their third party with open metadata."""
    platform = Platform(target or Target())
    if not dry_run:
        _ask(platform, "refresh", service, connector)
        return
    if connector is None:
        fail("a dry run is of one connector: give its name")
    path = f"connectors/{quote(connector, safe='')}/dry-run"
    begun = platform.post(platform.native(path), user=platform.user)
    ended = _ended(platform, begun["outcome"]["operationId"])
    if "report" in ended:
        console().print(dry_run_shown(ended["report"]))
    for each in ended["outcome"]["notDone"]:
        fail(f"the dry run of {connector} failed: {reason_of(each)}")
    if "cancelledBy" in ended:
        fail(f"the dry run of {connector} was cancelled by {ended['cancelledBy']}")


def _ended(platform: Platform, operation: str) -> dict[str, Any]:
    """Wait until an operation has ended."""
    while True:
        shown: dict[str, Any] = platform.get(platform.native(f"operations/{operation}"))
        if shown["state"] != "RUNNING":
            return shown
        time.sleep(_EACH)


def restart(connector: _Connector = None, *, service: _Service = None, target: Target | None = None) -> None:
    """Restart connectors, also those that have failed."""
    _ask(Platform(target or Target()), "restart", service, connector)


def pause(connector: str, *, target: Target | None = None) -> None:
    """Pause a connector: it stays connected and is not refreshed, even after the daemon restarts."""
    _change(Platform(target or Target()), "pause", connector)


def resume(connector: str, *, target: Target | None = None) -> None:
    """Resume a paused or stopped connector."""
    _change(Platform(target or Target()), "resume", connector)


def stop(connector: str, *, target: Target | None = None) -> None:
    """Disconnect a connector, and do not call it until it is resumed."""
    _change(Platform(target or Target()), "stop", connector)


def reload(
    document: Annotated[
        Path | None, Parameter(help="The changed document; default: the daemon reads its own again.")
    ] = None,
    *,
    rollback_after: Annotated[
        str | None,
        Parameter(help="Wait so long, such as 60s, and undo the change if its connectors have failed then."),
    ] = None,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: what was changed.", negative="")] = False,
) -> None:
    """Apply a changed document to a running daemon; connectors that the document does not change keep running."""
    platform = Platform(target or Target())
    body = None
    if document is not None:
        body = read_document(document)
        convert(body, str(document))  # an empty file is neither a document nor a request to reread the daemon's own
    seconds = None if rollback_after is None else seconds_of(rollback_after)
    done = platform.post(platform.native("reload"), body, user=platform.user, rollbackAfterSeconds=seconds)
    if json:
        print_json(done)
    else:
        _tell_of_reload(done)
    if seconds is not None:
        await_trial(platform, done["version"])
    require_running(done)


def _tell_of_reload(done: dict[str, Any]) -> None:
    for what in ("added", "changed", "removed"):
        print(f"{what}: {', '.join(plain(name) for name in done[what]) or 'none'}")
    print(f"unchanged: {done['unchanged']}")
    if done["needsRestart"]:
        print(f"takes effect when the server is started again: {', '.join(done['needsRestart'])}")


def _change(platform: Platform, what: str, connector: str) -> None:
    path = f"connectors/{quote(connector, safe='')}/{what}"
    tell_of_one(connector, platform.post(platform.native(path), user=platform.user)["outcome"])


def _ask(platform: Platform, what: str, service: str | None, connector: str | None) -> None:
    path = platform.native(f"connectors/{what}")
    outcome = platform.post(path, service=service, connector=connector, user=platform.user)
    if connector is not None:
        tell_of_one(connector, outcome)
    else:
        tell_of_many(f"connectors of {service}" if service else "connectors", outcome)
