"""API tokens: created by the command line, stored in the data directory as hashes, looked up by a running platform.

A token is `idt_` and 256 random bits in base64url; the prefix lets scanners recognise a leaked token. An unsalted hash
is sufficient for a value that cannot be guessed.
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
"""Prefix of the names of callers with tokens."""


class Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A stored API token. An unknown field is an error, since it could be a limit."""

    name: str
    """Unique; part of the caller's name in the audit log."""
    roles: tuple[Role, ...]
    sha256: str
    created: float
    """Seconds since the epoch, as is `expires`."""
    expires: float | None = None
    user: str | None = None
    """The only user name that requests with the token may have; `None` for any user name."""
    servers: tuple[str, ...] = ()
    """Shell patterns of the servers for which its roles count; empty for all servers."""
    connectors: tuple[str, ...] = ()
    """Shell patterns of the connectors for which its roles count; empty for all connectors."""

    def is_expired(self, now: float) -> bool:
        """True if the token is no longer valid."""
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
        """Create a token, and return its text, which cannot be read later.

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
        """Remove a token; raises `InvalidParameterError` for an unknown name."""
        with self.changing() as tokens:
            if not any(each.name == name for each in tokens):
                raise InvalidParameterError(messages.NO_SUCH_TOKEN, name=name)
            tokens[:] = [each for each in tokens if each.name != name]


def digest(token: str) -> str:
    """The hash by which a token is stored."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
