"""Users of a platform, with passwords or client certificates.

Users are created by the command line, stored in the data directory, and looked up by a running platform.
"""

import time
from pathlib import Path

import msgspec

from integration_daemon.security import messages
from integration_daemon.security.passwords import PasswordHash
from integration_daemon.security.permissions import Caller, Role
from integration_daemon.security.private_list import PrivateList
from integration_daemon.security.scope import EVERYTHING, Scope, scope_of
from services.errors import InvalidParameterError


class User(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A stored user. An unknown field is an error, since it could be a limit."""

    name: str
    """Unique."""
    roles: tuple[Role, ...]
    created: float
    """Seconds since the epoch."""
    password: PasswordHash | None = None
    """`None` for a user with a client certificate, which contains the user's name."""
    servers: tuple[str, ...] = ()
    """Shell patterns of the servers for which its roles count; empty for all servers."""
    connectors: tuple[str, ...] = ()
    """Shell patterns of the connectors for which its roles count; empty for all connectors."""

    @property
    def caller(self) -> Caller:
        """The caller with the user's password or certificate."""
        scope = scope_of(self.servers, self.connectors)
        if self.password is None:
            return Caller(f"certificate {self.name}", self.roles, None, scope)
        return Caller(f"user {self.name}", self.roles, self.name, scope)


class UserFile(PrivateList[User]):
    """The users of one data directory. All methods block."""

    def __init__(self, data_directory: Path) -> None:
        super().__init__(data_directory, "users", User, "users")

    def add(self, name: str, roles: tuple[Role, ...], password: PasswordHash | None, scope: Scope = EVERYTHING) -> None:
        """Add a user, who has a client certificate if there is no password.

        Raises `InvalidParameterError` for a name in use, or if the users cannot be written.
        """
        with self.changing() as users:
            if any(each.name == name for each in users):
                raise InvalidParameterError(messages.USER_NAME_TAKEN, name=name)
            user = User(
                name=name,
                roles=roles,
                created=time.time(),
                password=password,
                servers=scope.servers,
                connectors=scope.connectors,
            )
            users.append(user)

    def remove(self, name: str) -> None:
        """Remove a user; raises `InvalidParameterError` for an unknown name."""
        with self.changing() as users:
            users.remove(_named(users, name))

    def set_password(self, name: str, password: PasswordHash) -> None:
        """Change a user's password; raises `InvalidParameterError` for an unknown user, or one without a password."""
        with self.changing() as users:
            user = _named(users, name)
            if user.password is None:
                raise InvalidParameterError(messages.USER_WITHOUT_PASSWORD, name=name)
            users[users.index(user)] = msgspec.structs.replace(user, password=password)


def _named(users: list[User], name: str) -> User:
    for user in users:
        if user.name == name:
            return user
    raise InvalidParameterError(messages.NO_SUCH_USER, name=name)
