"""`refresh`, `restart`, `pause` and the other commands that operate a running daemon."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import UNSET

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.config import await_trial, seconds_of
from integration_daemon.cli.failure import fail
from integration_daemon.cli.outcomes import dry_run_shown, reason_of, require_running, tell_of_many, tell_of_one
from integration_daemon.cli.show import console, plain, print_json
from integration_daemon.client import Operation, OperationQuery, ReloadQuery
from integration_daemon.config.load import convert, read_document
from integration_daemon.supervision.reconfigured import Reconfigured

_Service = Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")]
_Connector = Annotated[str | None, Parameter(help="Name of a connector; default: all.")]


async def refresh(
    connector: _Connector = None,
    *,
    service: _Service = None,
    dry_run: Annotated[bool, Parameter(help="Show what it would change, and write nothing.", negative="")] = False,
    target: Target | None = None,
) -> None:
    """Refresh connectors now: they compare their third party with open metadata."""
    if not dry_run:
        await _ask("refresh", service, connector, target)
        return
    if connector is None:
        fail("a dry run is of one connector: give its name")
    async with daemon_of(target) as daemon:
        begun = (await daemon.dry_run(connector)).outcome
        *_, ended = [each async for each in daemon.follow(begun.operation_id)]
    if ended.report:
        console().print(dry_run_shown(ended.report))
    for each in ended.outcome.not_done:
        fail(f"the dry run of {connector} failed: {reason_of(each)}")
    if ended.cancelled_by:
        fail(f"the dry run of {connector} was cancelled by {ended.cancelled_by}")


async def restart(connector: _Connector = None, *, service: _Service = None, target: Target | None = None) -> None:
    """Restart connectors, also those that have failed."""
    await _ask("restart", service, connector, target)


async def pause(connector: str, *, target: Target | None = None) -> None:
    """Pause a connector: it stays connected and is not refreshed, even after the daemon restarts."""
    await _change("pause", connector, target)


async def resume(connector: str, *, target: Target | None = None) -> None:
    """Resume a paused or stopped connector."""
    await _change("resume", connector, target)


async def stop(connector: str, *, target: Target | None = None) -> None:
    """Disconnect a connector, and do not call it until it is resumed."""
    await _change("stop", connector, target)


async def reload(
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
    body: object = UNSET
    if document is not None:
        body = read_document(document)
        convert(body, str(document))  # an empty file is neither a document nor a request to reread the daemon's own
    seconds = None if rollback_after is None else seconds_of(rollback_after)
    async with daemon_of(target) as daemon:
        done = await daemon.reload(body, ReloadQuery(rollback_after_seconds=seconds))
        if json:
            print_json(done)
        else:
            _tell_of_reload(done)
        if seconds is not None and done.version:
            await await_trial(daemon, done.version)
    require_running(done)


def _tell_of_reload(done: Reconfigured) -> None:
    for what, names in (("added", done.added), ("changed", done.changed), ("removed", done.removed)):
        print(f"{what}: {', '.join(plain(name) for name in names) or 'none'}")
    print(f"unchanged: {done.unchanged}")
    if done.needs_restart:
        print(f"takes effect when the server is started again: {', '.join(done.needs_restart)}")


async def _change(what: Operation, connector: str, target: Target | None) -> None:
    async with daemon_of(target) as daemon:
        outcome = (await daemon.operate_connector(what, connector)).outcome
    assert outcome is not UNSET
    tell_of_one(connector, outcome)


async def _ask(what: Operation, service: str | None, connector: str | None, target: Target | None) -> None:
    async with daemon_of(target) as daemon:
        outcome = await daemon.operate(what, OperationQuery(service=service, connector=connector))
    if connector is not None:
        tell_of_one(connector, outcome)
    else:
        tell_of_many(f"connectors of {service}" if service else "connectors", outcome)
