"""API tokens: made by the command line, kept in the data directory as hashes, looked up by a running platform.

A token is `idt_` and 256 random bits in base64url, so that a scanner recognises one that has leaked. A hash without
salt is enough for a value that nobody can guess.
"""

import base64
import hashlib
import secrets
import time
from pathlib import Path

import msgspec

from integration_daemon.security import messages
from integration_daemon.security.permissions import Caller, Role
from integration_daemon.security.private_list import PrivateList
from integration_daemon.security.scope import EVERYTHING, Scope, scope_of
from services.errors import InvalidParameterError

PREFIX = "idt_"
OF_TOKENS = "token "
"""What the names of callers with tokens begin with."""


class Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An API token as it is kept. A field that is not understood could be a limit, so it is an error."""

    name: str
    """Unique; the audit log names the caller by it."""
    roles: tuple[Role, ...]
    sha256: str
    created: float
    """Seconds since the epoch, as all times here."""
    expires: float | None = None
    user: str | None = None
    """The only user name that requests with the token may have; none: any."""
    servers: tuple[str, ...] = ()
    """Shell patterns of the servers for which its roles count; none: all."""
    connectors: tuple[str, ...] = ()
    """Shell patterns of the connectors for which its roles count; none: all."""

    def is_expired(self, now: float) -> bool:
        """True if the token is not valid any more."""
        return self.expires is not None and self.expires <= now

    @property
    def caller(self) -> Caller:
        """The caller that presents the token."""
        return Caller(f"{OF_TOKENS}{self.name}", self.roles, self.user, scope_of(self.servers, self.connectors))


class TokenFile(PrivateList[Token]):
    """The tokens of one data directory. All methods block."""

    def __init__(self, data_directory: Path) -> None:
        super().__init__(data_directory, "tokens", Token, "API tokens")

    def create(
        self, name: str, roles: tuple[Role, ...], *, user: str | None, expires: float | None, scope: Scope = EVERYTHING
    ) -> str:
        """Add a token, and return it: it cannot be read later.

        Raises `InvalidParameterError` for a name in use, or if the tokens cannot be written.
        """
        text = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        token = Token(
            name=name,
            roles=roles,
            sha256=digest(text),
            created=time.time(),
            expires=expires,
            user=user,
            servers=scope.servers,
            connectors=scope.connectors,
        )
        with self.changing() as tokens:
            if any(each.name == name for each in tokens):
                raise InvalidParameterError(messages.TOKEN_NAME_TAKEN, name=name)
            tokens.append(token)
        return text

    def revoke(self, name: str) -> None:
        """Remove a token; raises `InvalidParameterError` if there is none of that name."""
        with self.changing() as tokens:
            if not any(each.name == name for each in tokens):
                raise InvalidParameterError(messages.NO_SUCH_TOKEN, name=name)
            tokens[:] = [each for each in tokens if each.name != name]


def digest(token: str) -> str:
    """The hash under which a token is kept."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
