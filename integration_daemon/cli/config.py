"""`config`: the versions of a server's configuration document."""

import re
import time
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.outcomes import require_running
from integration_daemon.cli.show import plain, print_json, print_table, when
from integration_daemon.cli.table import Column

config = App(name="config", help="Look after the versions of a server's configuration document.")

_COLUMNS = (
    Column("version"),
    Column("time", keep=1),
    Column("how"),
    Column("by", wraps=True),
    Column("what", keep=1, wraps=True),
)
_DIFFERENCES = (Column("path", wraps=True), Column("old", wraps=True), Column("new", wraps=True))
_Json = Annotated[bool, Parameter(help="For programs: the answer of the platform.", negative="")]
LONGEST_SHOWN = 100
"""Characters of a value in a table."""
_EACH = 1.0
"""Seconds between two looks at a change on trial."""


@config.command
def versions(*, target: Target | None = None, json: _Json = False) -> None:
    """List the versions that are kept, the newest first: when, how, and by whom each was made."""
    platform = Platform(target or Target())
    answer = platform.get(platform.native("documents"))
    if json:
        print_json(answer)
        return
    rows = [
        (str(each["number"]), when(each["time"]), each["how"], _by(each), each.get("detail", ""))
        for each in answer["versions"]
    ]
    print_table(_COLUMNS, rows)
    if trial := answer.get("trial"):
        print(f"version {trial['version']} is on trial until {when(trial['ends'])}")


@config.command
def show(number: int | None = None, *, target: Target | None = None) -> None:
    """Show a version as JSON, without its secrets; default: the newest."""
    platform = Platform(target or Target())
    if number is None:
        number = platform.get(platform.native("documents"))["versions"][0]["number"]
    print_json(platform.get(platform.native(f"documents/{number}"))["document"])


@config.command
def diff(
    first: Annotated[int | None, Parameter(help="A version; default: the one before the second.")] = None,
    second: Annotated[int | None, Parameter(help="Another version; default: the newest.")] = None,
    *,
    target: Target | None = None,
    json: _Json = False,
) -> None:
    """Show what differs between two versions, by path; secrets are masked."""
    platform = Platform(target or Target())
    answer = platform.get(platform.native("documents/difference"), **{"from": first, "to": second})
    if json:
        print_json(answer)
        return
    rows = [(each["path"], _value(each["old"]), _value(each["new"])) for each in answer["differences"]]
    print_table(_DIFFERENCES, rows, empty=f"versions {answer['from']} and {answer['to']} are the same")


@config.command
def restore(number: int, *, target: Target | None = None) -> None:
    """Apply a version again, as the newest. Connectors that it does not change keep running."""
    platform = Platform(target or Target())
    done = platform.post(platform.native(f"documents/{number}/restore"), user=platform.user)
    print(f"version {number} is in effect again, as version {done['version']}")
    require_running(done)


def seconds_of(text: str) -> int:
    """The seconds of a duration such as `60s` or `5m`; ends the command if it is something else."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})(s|m)", text)
    if match is None:
        wrong_usage(f"--rollback-after {text}: give a number with a unit, such as 60s or 5m")
    return int(match[1]) * (60 if match[2] == "m" else 1)


def await_trial(platform: Platform, version: int) -> None:
    """Wait until a version is no longer on trial; ends the command with the reason if it was rolled back."""
    while True:
        answer = platform.get(platform.native("documents"))
        if answer.get("trial", {}).get("version") != version:
            break
        time.sleep(_EACH)
    newest = answer["versions"][0]
    if newest["number"] == version:
        print(f"version {version} came up healthy")
    elif newest["how"] == "ROLLED_BACK":
        fail(f"rolled back, as version {newest['number']}: {plain(newest['detail'])}")
    else:
        fail(f"version {version} is no longer in effect: the document was changed again, as {newest['number']}")


def _by(version: dict[str, Any]) -> str:
    """The caller, and the user that it named if that is another name."""
    names = dict.fromkeys(each for each in (version.get("caller"), version.get("user")) if each)
    return " for ".join(names)


def _value(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return plain(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "...")
