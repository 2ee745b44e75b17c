"""Authentication of requests: by API token, by the token of the local user, or by the session of a browser."""

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import trio

from audit.message import AuditMessage
from integration_daemon.security import messages
from integration_daemon.security.permissions import ANYBODY, LOCAL_USER, Caller, Role
from integration_daemon.security.sessions import Sessions
from integration_daemon.security.tokens import PREFIX, Token, TokenFile, digest, make_private, write_private
from services.errors import InvalidParameterError, UserNotAuthorizedError

LOOK_AGAIN = 0.25
"""Seconds between looks at the file of tokens: a token that is revoked works no longer than this."""
LONGEST_LOOK = 5.0
"""Seconds that one look may take; then no token is valid."""
LOCAL = "security/local-token"
"""Where in the data directory the token of the local user is, for this user alone."""
LOCAL_ADDRESS = "security/local-address"
"""Where in the data directory the address of the platform is, to which alone the command line sends that token."""

_LOCAL_USER = Caller(LOCAL_USER, (Role.ADMINISTRATOR,))
_SELF = Caller("this platform", (Role.METADATA_WRITER,))


Record = Callable[[AuditMessage, BaseException | None, dict[str, object]], None]
"""Puts a message, the exception behind it and its inserts into an audit log."""


class NotAuthenticatedError(UserNotAuthorizedError):
    """The caller of a request is not known."""


class Authenticator:
    """Knows the callers of one platform.

    `own_token` is for requests of this process to itself: a daemon and its metadata server may be on one platform.
    """

    def __init__(self, data_directory: Path) -> None:
        self.sessions = Sessions()
        self.own_token = PREFIX + secrets.token_urlsafe(32)
        self._local_token = PREFIX + secrets.token_urlsafe(32)
        self._directory = data_directory
        self._file = TokenFile(data_directory)
        self._tokens: dict[str, Token] = {}
        """By hash."""
        self._version: object = object()

    def open(self) -> None:
        """Read the tokens, and write that of the local user. Blocks.

        Raises `InvalidParameterError` if the tokens cannot be read, `OSError` if the directory cannot be written to.
        """
        self._version = self._file.version()
        self._tokens = {token.sha256: token for token in self._file.load()}
        make_private((self._directory / LOCAL).parent)
        write_private(self._directory / LOCAL, self._local_token.encode())

    def note_address(self, url: str) -> None:
        """Leave the platform's address for the command line. Blocks."""
        write_private(self._directory / LOCAL_ADDRESS, url.encode())

    @property
    def has_tokens(self) -> bool:
        """True if there is a token with which another user or machine can call."""
        return any(not token.is_expired(time.time()) for token in self._tokens.values())

    @property
    def first_page(self) -> str:
        """A path that logs a browser in as the local user, once."""
        return f"/login/{self.link(f'Bearer {self._local_token}')}"

    async def run(self, record: Record) -> None:
        """Follow the file of tokens, until cancelled. No token is valid while the file cannot be read."""
        while True:
            await trio.sleep(LOOK_AGAIN)
            error: Exception | None = TimeoutError(f"reading it takes more than {LONGEST_LOOK:g} seconds")
            with trio.move_on_after(LONGEST_LOOK):
                error = await trio.to_thread.run_sync(self._look_again, abandon_on_cancel=True)
            if error is not None and self._tokens:
                self._tokens = {}
                record(messages.TOKENS_LOST, None, {"path": self._file.path, "cause": error})

    def _look_again(self) -> Exception | None:
        """Read the tokens again if the file has changed."""
        try:
            version = self._file.version()
            if version != self._version:
                if version is None and self._tokens:
                    return FileNotFoundError("the file has been removed")
                self._version = object()
                self._tokens = {token.sha256: token for token in self._file.load()}
                self._version = version
        except (InvalidParameterError, OSError) as error:
            return error
        return None

    def caller(self, authorization: str | None, session: str | None = None, page_key: str = "") -> Caller:
        """The caller of a request with this `Authorization` header, or with this session cookie and page key.

        Raises `NotAuthenticatedError` if neither stands for a caller.
        """
        if authorization is None:
            found = self.sessions.caller(session, page_key) if session else None
            if found is None:
                problem = "the session has ended" if session else "the request has no token"
                raise NotAuthenticatedError(messages.NOT_AUTHENTICATED, problem=problem)
            return found
        token = _presented(authorization)
        found = self._caller_with(token) if token is not None else None
        if found is None:
            raise NotAuthenticatedError(messages.NOT_AUTHENTICATED, problem="the token is not valid")
        return found

    def link(self, authorization: str | None) -> str:
        """A code that begins a session of the caller with this token; the session ends when the token is revoked.

        Raises `NotAuthenticatedError` without a valid token: a session cannot make another one.
        """
        caller = self.caller(authorization)
        token = _presented(authorization or "") or ""
        return self.sessions.link(caller.name, lambda: self._caller_with(token))

    def _caller_with(self, text: str) -> Caller | None:
        for known, caller in ((self._local_token, _LOCAL_USER), (self.own_token, _SELF)):
            if hmac.compare_digest(known.encode(), text.encode(errors="surrogateescape")):
                return caller
        token = self._tokens.get(digest(text))
        if token is None or token.is_expired(time.time()):
            return None
        return token.caller


class NoAuthentication(Authenticator):
    """Takes every caller for an administrator."""

    first_page = "/"

    def note_address(self, url: str) -> None:
        """Nothing is to be left for the command line."""

    async def run(self, record: Record) -> None:
        """Nothing is to be followed."""

    def caller(self, authorization: str | None, session: str | None = None, page_key: str = "") -> Caller:
        """Anybody."""
        return ANYBODY

    def link(self, authorization: str | None) -> str:
        """A code that begins a session, which nobody needs."""
        return self.sessions.link(ANYBODY.name, lambda: ANYBODY)


def _presented(authorization: str) -> str | None:
    """The token in an `Authorization` header: a bearer token, or the password of Basic."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return None
    return None
