"""`token` and `console`: API tokens, and links that log a browser in."""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter

from integration_daemon.cli.client import Target, platform_of
from integration_daemon.cli.data_directory import DataDirectory
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.show import print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.client.address import UNIX
from integration_daemon.client.local import data_directory, local_address
from integration_daemon.rest.times import shown_time
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.last_uses import LastUses, last_use
from integration_daemon.security.permissions import ABOUT_METADATA, Role
from integration_daemon.security.scope import Scope, problem_with, scope_of
from integration_daemon.security.tokens import TokenFile

token = App(name="token", help="Create, list and revoke API tokens, with which users and programs can call a platform.")

NAME = re.compile(r"[\w.\-@][\w.\-@ ]{0,99}")
"""A name that the audit log can show."""
_UNITS = {"h": 3_600, "d": 86_400, "w": 7 * 86_400}
_COLUMNS = (
    Column("name"),
    Column("roles", wraps=True),
    Column("scope", wraps=True),
    Column("user"),
    Column("created", keep=0),
    Column("expires"),
    Column("last used"),
)

Servers = Annotated[
    list[str] | None,
    Parameter(help="A shell pattern of the servers for which the roles count; may be repeated; default: all."),
]
Connectors = Annotated[
    list[str] | None,
    Parameter(help="A shell pattern of the connectors for which the roles count; may be repeated; default: all."),
]


@token.command
def create(
    *,
    name: Annotated[str, Parameter(help="A name for the token, by which the audit log names the caller.")],
    role: Annotated[list[Role], Parameter(help="A role that the token has; may be repeated.")],
    user: Annotated[
        str | None, Parameter(help="The only user name that requests with the token may have; default: any.")
    ] = None,
    servers: Servers = None,
    connectors: Connectors = None,
    expires: Annotated[
        str | None, Parameter(help="Lifetime of the token, such as 12h, 90d or 4w; default: unlimited.")
    ] = None,
    data_dir: DataDirectory = None,
) -> None:
    """Create a token, and print it: it is shown only once, and only a hash of it is stored. When the command returns, a
    running platform accepts it."""
    until = None if expires is None else time.time() + _seconds(expires)
    for option, given in (("--name", name), ("--user", user)):
        if given is not None and not NAME.fullmatch(given):
            wrong_usage(f"{option}: give up to 100 letters, digits, spaces and ._-@")
    scope = scope_of_options(servers or (), connectors or (), role)
    text = TokenFile(data_directory(data_dir)).create(
        name, tuple(dict.fromkeys(role)), user=user, expires=until, scope=scope
    )
    print(text)
    print("integration-daemon: keep the token safe: it cannot be shown again", file=sys.stderr)
    time.sleep(2 * POLL_INTERVAL)


@token.command(name="list")
def list_tokens(
    *,
    data_dir: DataDirectory = None,
    json: Annotated[bool, Parameter(help="For programs: a JSON array.", negative="")] = False,
) -> None:
    """List the tokens, without their values."""
    now, uses = time.time(), LastUses(data_directory(data_dir)).load()
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "roles": [role.value for role in each.roles],
            "servers": each.servers,
            "connectors": each.connectors,
            "user": each.user,
            "created": shown_time(each.created),
            "expires": None if each.expires is None else shown_time(each.expires),
            "isExpired": each.is_expired(now),
            "lastUsed": None if (used := last_use(each, uses)) is None else shown_time(used),
        }
        for each in TokenFile(data_directory(data_dir)).load()
    ]
    if json:
        print_json(rows)
        return
    print_table(
        _COLUMNS,
        [
            (
                each["name"], ", ".join(each["roles"]), shown_scope(each), each["user"], when(each["created"]),
                _until(each), "never" if each["lastUsed"] is None else when(each["lastUsed"]),
            )
            for each in rows
        ],
        empty="there are no tokens",
    )  # fmt: skip


@token.command
def revoke(name: Annotated[str, Parameter(help="The name of the token.")], *, data_dir: DataDirectory = None) -> None:
    """Revoke a token: when the command returns, a running platform no longer accepts it."""
    TokenFile(data_directory(data_dir)).revoke(name)
    time.sleep(2 * POLL_INTERVAL)


async def console(*, target: Target | None = None) -> None:
    """Print a link that logs a browser in to the console page, once, within five minutes."""
    async with platform_of(target) as platform:
        url = local_address() if platform.url.startswith(UNIX) else platform.url
        if url is None:
            fail("browsers cannot use Unix sockets: give the platform's address with --url http://HOST:PORT")
        print(url + (await platform.console_link()).path)


def scope_of_options(servers: Sequence[str], connectors: Sequence[str], roles: Sequence[Role]) -> Scope:
    """The scope that the options of a command describe. Invalid patterns end the command."""
    scope = scope_of(tuple(servers), tuple(connectors))
    for option, patterns in (("--servers", scope.servers), ("--connectors", scope.connectors)):
        if problem := problem_with(patterns):
            wrong_usage(f"{option}: {problem}")
    if scope.connectors and ABOUT_METADATA.intersection(roles):
        wrong_usage("--connectors: metadata is read and written on whole servers; give that role without it")
    return scope


def shown_scope(shown: Mapping[str, Any]) -> str:
    """The scope of a token or a user in words."""
    limits = [f"{kind} {', '.join(shown[kind])}" for kind in ("servers", "connectors") if shown[kind]]
    return "; ".join(limits) or "everything"


def _until(shown: Mapping[str, Any]) -> str:
    if shown["expires"] is None:
        return "never"
    return f"{when(shown['expires'])}{' (expired)' if shown['isExpired'] else ''}"


def _seconds(text: str) -> float:
    match = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", text)
    if match is None:
        wrong_usage(f"--expires {text}: give a number with a unit, such as 12h, 90d or 4w")
    return int(match[1]) * _UNITS[match[2]]
