"""`config`: the configuration document of a server: its versions, and the commands that change it."""

import re
from typing import Annotated, Any

import msgspec
import trio
from cyclopts import App, Parameter

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.outcomes import require_running
from integration_daemon.cli.show import plain, print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.client import ConnectorsQuery, DifferenceQuery, ServerClient
from integration_daemon.config.versions import How
from integration_daemon.rest.native.answers import ShownVersion
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.reconfigured import Reconfigured

config = App(name="config", help="Build, change and restore the configuration document of a server.")
for command, name in (
    ("configure:set_property", "set"),
    ("configure:unset_property", "unset"),
    ("configure:service", "service"),
    ("configure_connectors:connector", "connector"),
    ("configure:audit_destination", "audit-destination"),
    ("configure:placeholder", "placeholder"),
    ("configure:store", "store"),
    ("configure:start", "start"),
    ("configure:stop", "stop"),
    ("configure:delete", "delete"),
):
    config.command(f"integration_daemon.cli.{command}", name=name)

_COLUMNS = (
    Column("version"),
    Column("time", keep=1),
    Column("how"),
    Column("by", wraps=True),
    Column("details", keep=1, wraps=True),
)
_DIFFERENCES = (Column("path", wraps=True), Column("old", wraps=True), Column("new", wraps=True))
_Json = Annotated[bool, Parameter(help="For programs: the answer of the platform.", negative="")]
LONGEST_SHOWN = 100
"""Longest value in a table, in characters."""
_POLL_INTERVAL = 1.0
"""Seconds between two checks of a change on trial."""


@config.command
async def versions(*, target: Target | None = None, json: _Json = False) -> None:
    """List the stored versions, the newest first, with the time, the kind and the author of each change."""
    async with daemon_of(target) as daemon:
        answer = await daemon.versions()
    if json:
        print_json(answer)
        return
    rows = [
        (str(each.number), when(each.time), each.how.value, _by(each), each.detail or "") for each in answer.versions
    ]
    print_table(_COLUMNS, rows)
    if (in_effect := answer.in_effect or None) is not None and in_effect != answer.versions[0].number:
        print(f"version {in_effect} is in effect; later ones wait for 'integration-daemon reload', or for a start")
    if trial := answer.trial:
        print(f"version {trial.version} is on trial until {when(trial.ends)}")


@config.command
async def show(number: int | None = None, *, target: Target | None = None) -> None:
    """Show a version as JSON, without its secrets; default: the newest."""
    async with daemon_of(target) as daemon:
        shown = (await daemon.versions()).versions[0].number if number is None else number
        print_json((await daemon.version(shown)).document)


@config.command
async def diff(
    first: Annotated[int | None, Parameter(help="A version; default: the one before the second.")] = None,
    second: Annotated[int | None, Parameter(help="Another version; default: the newest.")] = None,
    *,
    target: Target | None = None,
    json: _Json = False,
) -> None:
    """Show the differences between two versions, by path; secrets are masked."""
    async with daemon_of(target) as daemon:
        answer = await daemon.difference(DifferenceQuery(from_=first, to=second))
    if json:
        print_json(answer)
        return
    rows = [(each.path, _value(each.old), _value(each.new)) for each in answer.differences]
    print_table(_DIFFERENCES, rows, empty=f"versions {answer.from_} and {answer.to} are the same")


@config.command
async def restore(number: int, *, target: Target | None = None) -> None:
    """Apply a version again, as the newest. Connectors that it does not change keep running."""
    async with daemon_of(target) as daemon:
        done = await daemon.restore(number)
    print(f"version {number} is in effect again, as version {done.version}")
    require_running(done)


def seconds_of(text: str) -> int:
    """The seconds of a duration such as `60s` or `5m`; ends the command for another text."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})(s|m)", text)
    if match is None:
        wrong_usage(f"--rollback-after {text}: give a number with a unit, such as 60s or 5m")
    return int(match[1]) * (60 if match[2] == "m" else 1)


async def await_trial(daemon: ServerClient, done: Reconfigured) -> None:
    """Wait until a changed document is no longer on trial.

    Ends the command if the document was rolled back, or should have been and was not.
    """
    version = done.version
    while True:
        answer = await daemon.versions()
        if not answer.trial or answer.trial.version != version:
            break
        await trio.sleep(_POLL_INTERVAL)
    newest = answer.versions[0]
    if answer.in_effect == version:
        changed = {*done.added, *done.changed}
        failed = [each async for each in daemon.every_connector(ConnectorsQuery(state=ConnectorState.FAILED.label))]
        if any(each.connector_name in changed for each in failed):
            fail(
                f"version {version} was not rolled back, although connectors have failed; the audit log has the reason"
            )
        print(f"version {version} is no longer on trial: none of the changed connectors has failed")
    elif newest.how is How.ROLLED_BACK:
        fail(f"rolled back, as version {newest.number}: {plain(newest.detail)}")
    else:
        fail(f"version {version} is no longer in effect: the document was changed again, as {newest.number}")


def _by(version: ShownVersion) -> str:
    """The caller, and the user that it named, if different."""
    names = dict.fromkeys(each for each in (version.caller, version.user) if each)
    return " for ".join(names)


def _value(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return plain(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "...")
