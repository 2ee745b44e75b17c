"""Authentication of requests: by token of this platform or of an identity provider, by password, client certificate,
Unix socket or session of a browser.
"""

import base64
import hmac
import os
import secrets
import time
from functools import partial
from pathlib import Path
from typing import Protocol

import trio

from audit.message import Record
from integration_daemon.private_files import make_private, write_private
from integration_daemon.security import messages
from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.expiring_keys import ExpiringKeys, Recall
from integration_daemon.security.followed_list import FollowedList
from integration_daemon.security.local_user import LOCAL_ADDRESS, LOCAL_SOCKET, LOCAL_TOKEN
from integration_daemon.security.logins import LoginRefusedError, Logins
from integration_daemon.security.peer import UNKNOWN, Peer
from integration_daemon.security.permissions import LOCAL_USER, Caller, Role
from integration_daemon.security.sessions import Sessions
from integration_daemon.security.tokens import PREFIX, TokenFile, digest
from integration_daemon.security.users import UserFile

ISSUED_LASTS = 3600.0
"""Seconds that a token is valid which was given for a password."""
MOST_ISSUED = 1_000
"""Such tokens of one caller. With one more, its oldest ends."""
_LOCAL_USER = Caller(LOCAL_USER, (Role.ADMINISTRATOR,))
_SELF = Caller("this platform", (Role.METADATA_WRITER,))


class IdentityProvider(Protocol):
    """Knows the callers whose tokens are made elsewhere. What keeps it from working does not affect other callers."""

    async def recall(self, token: str) -> Recall:
        """The caller with a token, as long as the token is accepted. May wait for a few seconds.

        Raises `NotAuthenticatedError` for a token that is not accepted now, and says why.
        """

    async def run(self, record: Record) -> None:
        """Keep up to date what tokens are checked with, until cancelled."""


class Authenticator:
    """Knows the callers of one platform.

    `own_token` is for requests of this process to itself: a daemon and its metadata server may be on one platform.
    Bearer tokens that no platform has made are for the identity provider, if there is one.
    """

    def __init__(self, data_directory: Path, identity_provider: IdentityProvider | None = None) -> None:
        self.sessions = Sessions()
        self.own_token = PREFIX + secrets.token_urlsafe(32)
        self._local_token = PREFIX + secrets.token_urlsafe(32)
        self._directory = data_directory
        self._identity_provider = identity_provider
        self._tokens = FollowedList(TokenFile(data_directory), lambda token: token.sha256)
        self._users = FollowedList(UserFile(data_directory), lambda user: user.name)
        self._logins = Logins(self._users)
        self._issued = ExpiringKeys(ISSUED_LASTS, MOST_ISSUED, prefix=PREFIX)

    def open(self) -> None:
        """Read the tokens and users, and write the token of the local user. Blocks.

        Raises `InvalidParameterError` if they cannot be read, `OSError` if the directory cannot be written to.
        """
        self._tokens.open()
        self._users.open()
        make_private((self._directory / LOCAL_TOKEN).parent)
        write_private(self._directory / LOCAL_TOKEN, self._local_token.encode())

    def note_address(self, url: str, socket: Path | None) -> None:
        """Leave the platform's address, and its Unix socket, for the command line. Blocks."""
        write_private(self._directory / LOCAL_ADDRESS, url.encode())
        if socket is None:
            (self._directory / LOCAL_SOCKET).unlink(missing_ok=True)
        else:
            write_private(self._directory / LOCAL_SOCKET, os.fsencode(socket.absolute()))

    def has_others(self, *, takes_certificates: bool) -> bool:
        """True if another user or machine can call: there is a token, an identity provider, or a user with a password
        or with a certificate that clients are asked for.
        """
        has_token = any(not token.is_expired(time.time()) for token in self._tokens.entries.values())
        users = self._users.entries.values()
        has_user = any(takes_certificates or user.password is not None for user in users)
        return has_token or has_user or self._identity_provider is not None

    @property
    def first_page(self) -> str:
        """A path that logs a browser in as the local user, once."""
        return f"/login/{self.sessions.link(_LOCAL_USER.name, lambda: _LOCAL_USER)}"

    async def run(self, record: Record) -> None:
        """Follow the files of tokens and users, and the identity provider, until cancelled.

        What cannot be read is not valid.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tokens.run, record)
            nursery.start_soon(self._users.run, record)
            if self._identity_provider is not None:
                nursery.start_soon(self._identity_provider.run, record, name="identity provider")

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """The caller of a request with this `Authorization` header, with this session cookie and page key, or from a
        peer that is known without them.

        May wait while a password is checked, or for the identity provider. Raises `NotAuthenticatedError` if none
        stands for a caller, `LoginRefusedError` for a wrong password.
        """
        if authorization is None and session and (found := self.sessions.caller(session, page_key)) is not None:
            return found
        recall = await self._recall(authorization, peer)
        return _valid(recall(), _problem(authorization, session, peer))

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session of the caller with this token, password or certificate; it ends when that is
        not valid any more.

        Raises as `caller` does: a session cannot make another one.
        """
        recall = await self._recall(authorization, peer)
        return self.sessions.link(_valid(recall(), _problem(authorization, None, peer)).name, recall)

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """A token for a user and its password, or any user and an API token; it is valid for an hour at most.

        Raises `LoginRefusedError` if they are not right.
        """
        if password.startswith(PREFIX):
            recall: Recall = partial(self._owner, password)
            owner = recall()
            if owner is None or owner.user not in (None, user):
                raise LoginRefusedError(messages.WRONG_PASSWORD)
        else:
            recall = await self._logins.recall(user, password, peer.address)
            owner = _valid(recall(), "the user has been removed")
        return self._issued.add(owner.name, recall)

    async def _recall(self, authorization: str | None, peer: Peer) -> Recall:
        if authorization is None:
            return partial(self._caller_at, peer)
        scheme, _, value = authorization.partition(" ")
        user, secret = "", value.strip()
        if scheme.lower() == "basic":
            user, secret = _user_and_password(value)
            if secret and not secret.startswith(PREFIX):
                return await self._logins.recall(user, secret, peer.address)
        elif scheme.lower() != "bearer":
            return lambda: None
        elif self._identity_provider is not None and not secret.startswith(PREFIX):
            return await self._identity_provider.recall(secret)
        return partial(self._caller_with, secret)

    def _caller_at(self, peer: Peer) -> Caller | None:
        """The caller that needs no token: the local user over a Unix socket, or the first name in a certificate that is
        a user's."""
        if peer.is_local_user:
            return _LOCAL_USER
        found = (self._users.entries.get(name) for name in peer.certificate)
        return next((user.caller for user in found if user is not None and user.password is None), None)

    def _caller_with(self, token: str) -> Caller | None:
        """The caller with a token of this platform, of any kind."""
        return self._owner(token) or self._issued.find(token)

    def _owner(self, text: str) -> Caller | None:
        """The caller with a token that has not been issued for another one."""
        for known, caller in ((self._local_token, _LOCAL_USER), (self.own_token, _SELF)):
            if hmac.compare_digest(known.encode(), text.encode(errors="surrogateescape")):
                return caller
        token = self._tokens.entries.get(digest(text))
        if token is None or token.is_expired(time.time()):
            return None
        return token.caller


def _valid(caller: Caller | None, problem: str) -> Caller:
    if caller is None:
        raise NotAuthenticatedError(messages.NOT_AUTHENTICATED, problem=problem)
    return caller


def _problem(authorization: str | None, session: str | None, peer: Peer) -> str:
    if authorization is not None:
        return "the token is not valid"
    if session:
        return "the session has ended"
    if peer.certificate:
        return f"the request has no token, and its certificate is that of {' or '.join(peer.certificate)}, no user"
    return "the request has no token"


def _user_and_password(value: str) -> tuple[str, str]:
    """The user and the password in a Basic header; none if it cannot be read."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password
