"""The interface of a platform to the authentication of its callers, and the implementation without authentication."""

import secrets
from pathlib import Path
from typing import Protocol

from audit.message import Record
from integration_daemon.security.peer import UNKNOWN, Peer
from integration_daemon.security.permissions import ANYBODY, Caller
from integration_daemon.security.sessions import Sessions
from services.errors import UserNotAuthorizedError


class NotAuthenticatedError(UserNotAuthorizedError):
    """The caller of a request is not authenticated."""


class Authentication(Protocol):
    """Authenticates the callers of one platform."""

    sessions: Sessions
    own_token: str
    """For requests of this process to itself: a daemon and its metadata server may be on one platform."""

    @property
    def first_page(self) -> str:
        """A path that logs a browser in as the local user, once."""

    def note_address(self, url: str, socket: Path | None) -> None:
        """Leave the platform's address, and its Unix socket, for the command line. Blocks."""

    async def run(self, record: Record) -> None:
        """Follow changes of the callers' credentials until cancelled."""

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """Authenticate a request by its `Authorization` header, by its session cookie and page key, or by its peer.

        May wait while a password is checked. Raises `NotAuthenticatedError` if none of them identifies a caller,
        `LoginRefusedError` for a wrong password.
        """

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session of a caller with a token, password or certificate.

        The session ends when the credential is no longer valid. Raises the errors of `caller`; a session cannot create
        another session.
        """

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """Issue a token, valid for at most an hour, for a user and its password, or for any user and an API token.

        Raises `LoginRefusedError` for wrong credentials.
        """


class NoAuthentication:
    """Treats every caller as an administrator."""

    first_page = "/"

    def __init__(self) -> None:
        self.own_token = secrets.token_urlsafe(32)
        self.sessions = Sessions()

    def note_address(self, url: str, socket: Path | None) -> None:
        """Do nothing: the command line needs no token."""

    async def run(self, record: Record) -> None:
        """Do nothing: there are no credentials."""

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """The administrator `ANYBODY`."""
        return ANYBODY

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session, although none is needed."""
        return self.sessions.link(ANYBODY.name, lambda: ANYBODY)

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """A token, although none is needed."""
        return self.own_token
