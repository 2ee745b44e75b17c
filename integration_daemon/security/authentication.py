"""What a platform asks about its callers, and the answer of one that does not authenticate them."""

import secrets
from pathlib import Path
from typing import Protocol

from audit.message import Record
from integration_daemon.security.peer import UNKNOWN, Peer
from integration_daemon.security.permissions import ANYBODY, Caller
from integration_daemon.security.sessions import Sessions
from services.errors import UserNotAuthorizedError


class NotAuthenticatedError(UserNotAuthorizedError):
    """The caller of a request is not known."""


class Authentication(Protocol):
    """Knows the callers of one platform."""

    sessions: Sessions
    own_token: str
    """For requests of this process to itself: a daemon and its metadata server may be on one platform."""

    @property
    def first_page(self) -> str:
        """A path that logs a browser in as the local user, once."""

    def note_address(self, url: str, socket: Path | None) -> None:
        """Leave the platform's address, and its Unix socket, for the command line. Blocks."""

    async def run(self, record: Record) -> None:
        """Follow what callers are known by, until cancelled."""

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """The caller of a request with this `Authorization` header, with this session cookie and page key, or from a
        peer that is known without them.

        May wait while a password is checked. Raises `NotAuthenticatedError` if none stands for a caller,
        `LoginRefusedError` for a wrong password.
        """

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session of the caller with this token, password or certificate; it ends when that is
        not valid any more.

        Raises as `caller` does: a session cannot make another one.
        """

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """A token for a user and its password, or any user and an API token; it is valid for an hour at most.

        Raises `LoginRefusedError` if they are not right.
        """


class NoAuthentication:
    """Takes every caller for an administrator."""

    first_page = "/"

    def __init__(self) -> None:
        self.own_token = secrets.token_urlsafe(32)
        self.sessions = Sessions()

    def note_address(self, url: str, socket: Path | None) -> None:
        """The command line needs no token."""

    async def run(self, record: Record) -> None:
        """There is nothing to follow."""

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """Anybody."""
        return ANYBODY

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session, which nobody needs."""
        return self.sessions.link(ANYBODY.name, lambda: ANYBODY)

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """A token, which nobody needs."""
        return self.own_token
