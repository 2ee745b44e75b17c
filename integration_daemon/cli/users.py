"""`user`: users with a password or a client certificate."""

import getpass
import re
import sys
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from integration_daemon.cli.data_directory import DataDirectory
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.show import print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.cli.tokens import (
    NAME,
    Connectors,
    Servers,
    scope_of_options,
    shown_scope,
)
from integration_daemon.client.local import data_directory
from integration_daemon.private_files import read_regular
from integration_daemon.rest.times import shown_time
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.passwords import LONGEST, PasswordHash, hashed
from integration_daemon.security.permissions import Role
from integration_daemon.security.users import UserFile

user = App(name="user", help="Add, list and remove the users of a platform, who have passwords or client certificates.")

_COLUMNS = (
    Column("name"),
    Column("roles", wraps=True),
    Column("scope", wraps=True),
    Column("authentication"),
    Column("created", keep=0),
)
CERTIFICATE_NAME = re.compile(r"[\w.\-@:/][\w.\-@:/ ]{0,99}")
UserName = Annotated[str, Parameter(help="The name of the user.")]
PasswordFile = Annotated[
    Path | None,
    Parameter(help="A file whose first line is the password; default: standard input, or a prompt on a terminal."),
]


@user.command
def add(
    name: UserName,
    *,
    role: Annotated[list[Role], Parameter(help="A role that the user has; may be repeated.")],
    password_file: PasswordFile = None,
    certificate: Annotated[
        bool, Parameter(help="The user has no password, but a client certificate with its name.", negative="")
    ] = False,
    servers: Servers = None,
    connectors: Connectors = None,
    data_dir: DataDirectory = None,
) -> None:
    """Add a user with a password, or with a client certificate. When the command returns, a running platform
    accepts it.

    The name of a certificate is its common name, or an alternative name that is a URI or an e-mail address. The
    platform accepts certificates of the authorities that 'run --tls-client-ca' names.
    """
    allowed = CERTIFICATE_NAME if certificate else NAME
    if not allowed.fullmatch(name):
        wrong_usage("NAME: give up to 100 letters, digits, spaces and ._-@, and :/ for a certificate")
    if certificate and password_file is not None:
        wrong_usage("give --certificate or --password-file, and not both")
    scope = scope_of_options(servers or (), connectors or (), role)
    password = None if certificate else _password(password_file)
    UserFile(data_directory(data_dir)).add(name, tuple(dict.fromkeys(role)), password, scope)
    time.sleep(2 * POLL_INTERVAL)


@user.command(name="list")
def list_users(
    *,
    data_dir: DataDirectory = None,
    json: Annotated[bool, Parameter(help="For programs: a JSON array.", negative="")] = False,
) -> None:
    """List the users."""
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "roles": [role.value for role in each.roles],
            "servers": each.servers,
            "connectors": each.connectors,
            "has": "certificate" if each.password is None else "password",
            "created": shown_time(each.created),
        }
        for each in UserFile(data_directory(data_dir)).load()
    ]
    if json:
        print_json(rows)
        return
    print_table(
        _COLUMNS,
        [
            (each["name"], ", ".join(each["roles"]), shown_scope(each), each["has"], when(each["created"]))
            for each in rows
        ],
        empty="there are no users",
    )


@user.command
def remove(name: UserName, *, data_dir: DataDirectory = None) -> None:
    """Remove a user: when the command returns, a running platform no longer accepts the password, tokens issued for it,
    or the certificate."""
    UserFile(data_directory(data_dir)).remove(name)
    time.sleep(2 * POLL_INTERVAL)


@user.command
def set_password(name: UserName, *, password_file: PasswordFile = None, data_dir: DataDirectory = None) -> None:
    """Change a user's password: when the command returns, a running platform no longer accepts the old password, nor
    tokens issued for it."""
    UserFile(data_directory(data_dir)).set_password(name, _password(password_file))
    time.sleep(2 * POLL_INTERVAL)


def _password(file: Path | None) -> PasswordHash:
    """Read a password, and return its hash. The password is never an argument, because other users could see it."""
    if file is not None:
        return hashed(_first_line(file))
    if not sys.stdin.isatty():
        return hashed(sys.stdin.readline(LONGEST + 2).rstrip("\r\n"))
    password = getpass.getpass("Password: ")
    if getpass.getpass("Repeat the password: ") != password:
        fail("the two passwords differ; the password is not changed")
    return hashed(password)


def _first_line(file: Path) -> str:
    try:
        return read_regular(file).partition(b"\n")[0].decode().rstrip("\r")
    except (OSError, ValueError) as error:
        fail(f"the password in {file} cannot be read: {getattr(error, 'strerror', None) or 'it is not a text file'}")
