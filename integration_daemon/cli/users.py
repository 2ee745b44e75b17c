"""`user`: the users that log in with a password."""

import getpass
import sys
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from integration_daemon.cli.client import data_directory
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.show import print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.cli.tokens import NAME, DataDirectory
from integration_daemon.private_files import read_regular
from integration_daemon.rest.times import shown_time
from integration_daemon.security.followed_list import LOOK_AGAIN
from integration_daemon.security.passwords import LONGEST, PasswordHash, hashed
from integration_daemon.security.permissions import Role
from integration_daemon.security.users import UserFile

user = App(name="user", help="Add, list and remove the users that log in to a platform with a password.")

_COLUMNS = (Column("name"), Column("roles", wraps=True), Column("created", keep=0))
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
    data_dir: DataDirectory = None,
) -> None:
    """Add a user. A running platform accepts the password within a second."""
    if not NAME.fullmatch(name):
        wrong_usage("NAME: give up to 100 letters, digits, spaces and ._-@")
    UserFile(data_directory(data_dir)).add(name, tuple(dict.fromkeys(role)), _password(password_file))


@user.command(name="list")
def list_users(
    *,
    data_dir: DataDirectory = None,
    json: Annotated[bool, Parameter(help="For programs: a JSON array.", negative="")] = False,
) -> None:
    """List the users."""
    rows: list[dict[str, Any]] = [
        {"name": each.name, "roles": [role.value for role in each.roles], "created": shown_time(each.created)}
        for each in UserFile(data_directory(data_dir)).load()
    ]
    if json:
        print_json(rows)
        return
    print_table(
        _COLUMNS,
        [(each["name"], ", ".join(each["roles"]), when(each["created"])) for each in rows],
        empty="there are no users",
    )


@user.command
def remove(name: UserName, *, data_dir: DataDirectory = None) -> None:
    """Remove a user: when the command returns, a running platform no longer accepts the password, nor any token that it
    gave for it."""
    UserFile(data_directory(data_dir)).remove(name)
    time.sleep(2 * LOOK_AGAIN)


@user.command
def set_password(name: UserName, *, password_file: PasswordFile = None, data_dir: DataDirectory = None) -> None:
    """Give a user another password: when the command returns, a running platform no longer accepts the old one, nor any
    token that it gave for it."""
    UserFile(data_directory(data_dir)).set_password(name, _password(password_file))
    time.sleep(2 * LOOK_AGAIN)


def _password(file: Path | None) -> PasswordHash:
    """Read a password, and return its hash. The password is never an argument, because other users could see it."""
    if file is not None:
        return hashed(_first_line(file))
    if not sys.stdin.isatty():
        return hashed(sys.stdin.readline(LONGEST + 2).rstrip("\r\n"))
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        fail("the two passwords are not the same; nothing is changed")
    return hashed(password)


def _first_line(file: Path) -> str:
    try:
        return read_regular(file).partition(b"\n")[0].decode().rstrip("\r")
    except (OSError, ValueError) as error:
        fail(f"the password in {file} cannot be read: {getattr(error, 'strerror', None) or 'it is not a text file'}")
