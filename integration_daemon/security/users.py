"""Users of a platform, with passwords or client certificates.

They are made by the command line, kept in the data directory, and looked up by a running platform.
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
    """A user as it is kept. A field that is not understood could be a limit, so it is an error."""

    name: str
    """Unique."""
    roles: tuple[Role, ...]
    created: float
    """Seconds since the epoch."""
    password: PasswordHash | None = None
    """None: the user has a client certificate instead, and its name is in it."""
    servers: tuple[str, ...] = ()
    """Shell patterns of the servers for which its roles count; none: all."""
    connectors: tuple[str, ...] = ()
    """Shell patterns of the connectors for which its roles count; none: all."""

    @property
    def caller(self) -> Caller:
        """The caller that knows the password, or has the certificate."""
        scope = scope_of(self.servers, self.connectors)
        if self.password is None:
            return Caller(f"certificate {self.name}", self.roles, None, scope)
        return Caller(f"user {self.name}", self.roles, self.name, scope)


class UserFile(PrivateList[User]):
    """The users of one data directory. All methods block."""

    def __init__(self, data_directory: Path) -> None:
        super().__init__(data_directory, "users", User, "users")

    def add(self, name: str, roles: tuple[Role, ...], password: PasswordHash | None, scope: Scope = EVERYTHING) -> None:
        """Add a user; one without a password has a client certificate.

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
        """Remove a user; raises `InvalidParameterError` if there is none of that name."""
        with self.changing() as users:
            users.remove(_named(users, name))

    def set_password(self, name: str, password: PasswordHash) -> None:
        """Give a user another password; raises `InvalidParameterError` if there is none of that name, or without a
        password.
        """
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
