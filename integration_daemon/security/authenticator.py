"""Authentication of requests: by a token of this platform or of an identity provider, by password, client certificate,
Unix socket or browser session.
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
"""Lifetime of a token that was issued for a password, in seconds."""
MOST_ISSUED = 1_000
"""Issued tokens of one caller. One more token ends the oldest."""
_LOCAL_USER = Caller(LOCAL_USER, (Role.ADMINISTRATOR,))
_SELF = Caller("this platform", (Role.METADATA_WRITER,))


class IdentityProvider(Protocol):
    """Authenticates callers by tokens that others issue. Its failures do not affect other callers."""

    async def recall(self, token: str) -> Recall:
        """A function that returns the caller with a token for as long as the token is accepted. May wait some seconds.

        Raises `NotAuthenticatedError`, with the reason, for a token that is not accepted now.
        """

    async def run(self, record: Record) -> None:
        """Keep the keys for checking tokens up to date until cancelled."""


class Authenticator:
    """Authenticates the callers of one platform.

    `own_token` is for requests of this process to itself: a daemon and its metadata server may be on one platform.
    Bearer tokens without the prefix of API tokens are checked by the identity provider, if there is one.
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
        """True if another user or machine can call: by a token, an identity provider, a password, or a certificate.

        Users with certificates count if `takes_certificates` is true: then the platform requests client certificates.
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

        The entries of a file that cannot be read are not valid.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tokens.run, record)
            nursery.start_soon(self._users.run, record)
            if self._identity_provider is not None:
                nursery.start_soon(self._identity_provider.run, record, name="identity provider")

    async def caller(
        self, authorization: str | None, session: str | None = None, page_key: str = "", peer: Peer = UNKNOWN
    ) -> Caller:
        """Authenticate a request by its `Authorization` header, by its session cookie and page key, or by its peer.

        May wait while a password is checked, or for the identity provider. Raises `NotAuthenticatedError` if none of
        them identifies a caller, `LoginRefusedError` for a wrong password.
        """
        if authorization is None and session and (found := self.sessions.caller(session, page_key)) is not None:
            return found
        recall = await self._recall(authorization, peer)
        return _valid(recall(), _problem(authorization, session, peer))

    async def link(self, authorization: str | None, peer: Peer = UNKNOWN) -> str:
        """A code that begins a session of a caller with a token, password or certificate.

        The session ends when the credential is no longer valid. Raises the errors of `caller`; a session cannot create
        another session.
        """
        recall = await self._recall(authorization, peer)
        return self.sessions.link(_valid(recall(), _problem(authorization, None, peer)).name, recall)

    async def issue(self, user: str, password: str, peer: Peer = UNKNOWN) -> str:
        """Issue a token, valid for at most an hour, for a user and its password, or for any user and an API token.

        Raises `LoginRefusedError` for wrong credentials.
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
        """The caller without a token: the local user over a Unix socket, or the first user named in the certificate."""
        if peer.is_local_user:
            return _LOCAL_USER
        found = (self._users.entries.get(name) for name in peer.certificate)
        return next((user.caller for user in found if user is not None and user.password is None), None)

    def _caller_with(self, token: str) -> Caller | None:
        """The caller with a token of this platform, of any kind."""
        return self._owner(token) or self._issued.find(token)

    def _owner(self, text: str) -> Caller | None:
        """The caller with an API token, or the token of the local user or of this process."""
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
    """The user and the password in a Basic header; both empty if the header is malformed."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password
