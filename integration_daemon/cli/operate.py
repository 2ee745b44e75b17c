"""`refresh`, `restart`, `pause` and the other commands that operate a running daemon."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import UNSET

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.config import await_trial, seconds_of
from integration_daemon.cli.failure import FAILED, fail
from integration_daemon.cli.outcomes import dry_run_shown, reason_of, report_many, report_one, require_running
from integration_daemon.cli.progress import AT_ONCE, end_of
from integration_daemon.cli.show import console, plain, print_json
from integration_daemon.client import Operation, OperationQuery, ReloadQuery, WaitQuery
from integration_daemon.config.load import convert, read_document
from integration_daemon.supervision.reconfigured import Reconfigured

_Service = Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")]
_Json = Annotated[bool, Parameter(help="For programs: the outcome.", negative="")]
_Connector = Annotated[str | None, Parameter(help="Name of a connector; default: all.")]


async def refresh(
    connector: _Connector = None,
    *,
    service: _Service = None,
    dry_run: Annotated[bool, Parameter(help="Show the changes it would make, and write nothing.", negative="")] = False,
    target: Target | None = None,
    json: _Json = False,
) -> None:
    """Refresh connectors now, so that they compare their third party with open metadata."""
    if not dry_run:
        await _operate("refresh", service, connector, target, json=json)
        return
    if connector is None:
        fail("a dry run requires the name of one connector")
    await _dry_run(connector, target, json=json)


async def restart(
    connector: _Connector = None, *, service: _Service = None, target: Target | None = None, json: _Json = False
) -> None:
    """Restart connectors, including failed ones."""
    await _operate("restart", service, connector, target, json=json)


async def pause(connector: str, *, target: Target | None = None, json: _Json = False) -> None:
    """Pause a connector: it stays connected and is not refreshed, even after the daemon restarts."""
    await _operate("pause", None, connector, target, json=json)


async def resume(connector: str, *, target: Target | None = None, json: _Json = False) -> None:
    """Resume a paused or stopped connector."""
    await _operate("resume", None, connector, target, json=json)


async def stop(connector: str, *, target: Target | None = None, json: _Json = False) -> None:
    """Disconnect a connector, and do not call it until it is resumed."""
    await _operate("stop", None, connector, target, json=json)


async def reload(
    document: Annotated[
        Path | None, Parameter(help="The changed document; default: the daemon rereads its own.")
    ] = None,
    *,
    rollback_after: Annotated[
        str | None,
        Parameter(help="Wait for a time such as 60s, and undo the change if its connectors have failed by then."),
    ] = None,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: the changes.", negative="")] = False,
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
            _print_reload(done)
        if seconds is not None and done.version:
            await await_trial(daemon, done)
    require_running(done)


def _print_reload(done: Reconfigured) -> None:
    for change, names in (("added", done.added), ("changed", done.changed), ("removed", done.removed)):
        print(f"{change}: {', '.join(plain(name) for name in names) or 'none'}")
    print(f"unchanged: {done.unchanged}")
    if done.needs_restart:
        print(f"takes effect when the server is started again: {', '.join(done.needs_restart)}")


async def _operate(
    operation: Operation, service: str | None, connector: str | None, target: Target | None, *, json: bool
) -> None:
    """Request an operation, wait for its end, and report its outcome; a failure ends the command."""
    query = OperationQuery(service=service, connector=connector, wait_seconds=AT_ONCE)
    async with daemon_of(target) as daemon:
        outcome = await daemon.operate(operation, query)
        if outcome.at_work:
            outcome = (await end_of(daemon, outcome)).outcome
    if json:
        print_json(outcome)
        if outcome.failed or (connector is not None and outcome.not_done):
            raise SystemExit(FAILED)
    elif connector is not None:
        report_one(connector, outcome)
    else:
        report_many(f"connectors of {service}" if service else "connectors", outcome)


async def _dry_run(connector: str, target: Target | None, *, json: bool) -> None:
    """Request a dry run, wait for its end, and show its report; a failure ends the command."""
    async with daemon_of(target) as daemon:
        ended = await end_of(daemon, (await daemon.dry_run(connector, WaitQuery(wait_seconds=AT_ONCE))).outcome)
    if json:
        print_json(ended)
    elif ended.report:
        console().print(dry_run_shown(ended.report))
    for each in ended.outcome.not_done:
        fail(f"the dry run of {connector} failed: {reason_of(each)}")
    if ended.cancelled_by:
        fail(f"the dry run of {connector} was cancelled by {ended.cancelled_by}")
