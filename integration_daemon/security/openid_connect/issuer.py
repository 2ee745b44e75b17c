"""The keys of the issuer, kept up to date by a task of the process.

    start ─▶ fetch ─▶ pause (requests ignored) ─▶ wait for a request, or until the keys are old ─▶ fetch ...

A token that no known key fits requests a fetch, and waits for it briefly. Tokens with invented keys therefore cause at
most one fetch per pause.
"""

import ssl
from enum import Enum

import httpx2
import trio
from jwt import PyJWK

from audit.message import Record
from audit.safe_text import safe_text
from integration_daemon.security import messages
from integration_daemon.security.openid_connect.discovery import fetch_keys, issuer_client
from integration_daemon.security.openid_connect.key_set import KeySet
from integration_daemon.security.openid_connect.settings import OpenIdConnect, SignatureAlgorithm
from services.cause import innermost_text

PAUSE = 10.0
"""Least seconds between two fetches."""
LONGEST_FETCH = 10.0
"""Seconds that a fetch may take."""
LONGEST_WAIT = 4.0
"""Seconds that a request waits for a fetch."""
MOST_WAITING = 100
"""Requests that wait for a fetch at the same time; further requests do not wait."""
REFETCH = 600.0
"""Seconds after which the keys are fetched again without a request, so that a withdrawn key is dropped."""
RETRY = 30.0
"""Seconds after which a fetch that failed is tried again."""
KEYS_USABLE_FOR = 24 * 3600.0
"""Seconds for which keys are used after the last fetch that succeeded."""


class _Outcome(Enum):
    """Outcome of the last fetch."""

    NONE = "NONE"
    """No fetch has been made yet."""
    FETCHED = "FETCHED"
    FAILED = "FAILED"


class Issuer:
    """The last fetched keys of one issuer."""

    def __init__(self, settings: OpenIdConnect, trust: ssl.SSLContext) -> None:
        self._settings = settings
        self._trust = trust
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._outcome = _Outcome.NONE
        self._pausing = False
        self._waiting = 0
        self._asked = trio.Event()
        self._done = trio.Event()
        """Set at the end of the current fetch, or of the next one."""

    @property
    def has_keys(self) -> bool:
        """True if there are keys that were fetched within the last `KEYS_USABLE_FOR` seconds."""
        return self._keys is not None and trio.current_time() <= self._fetched_at + KEYS_USABLE_FOR

    def key(self, key_id: str | None, algorithm: SignatureAlgorithm) -> PyJWK | None:
        """The known key with an id and an algorithm, if any."""
        return self._keys.find(key_id, algorithm) if self._keys is not None and self.has_keys else None

    async def ask(self) -> bool:
        """Request a fetch, and wait for it briefly; false without a fetch, because the last one was just made."""
        if self._pausing or self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            self._asked.set()
            with trio.move_on_after(LONGEST_WAIT):
                await self._done.wait()
        finally:
            self._waiting -= 1
        return True

    async def run(self, record: Record) -> None:
        """Keep the keys up to date until cancelled."""
        async with issuer_client(self._settings, self._trust) as client:
            while True:
                await self._fetch(client, record)
                self._pausing = True
                self._done.set()
                self._asked, self._done = trio.Event(), trio.Event()
                await trio.sleep(PAUSE)
                self._pausing = False
                with trio.move_on_after((RETRY if self._outcome is _Outcome.FAILED else REFETCH) - PAUSE):
                    await self._asked.wait()

    async def _fetch(self, client: httpx2.AsyncClient, record: Record) -> None:
        error: Exception | None = TimeoutError(f"it has not answered within {LONGEST_FETCH:g} seconds")
        with trio.move_on_after(LONGEST_FETCH):
            error = await self._try(client)
        outcome = _Outcome.FETCHED if error is None else _Outcome.FAILED
        if outcome is not self._outcome:
            self._outcome = outcome
            self._log(error, record)

    def _log(self, error: Exception | None, record: Record) -> None:
        issuer = self._settings.issuer
        if error is None:
            record(messages.ISSUER_KEYS_FETCHED, None, {"issuer": issuer})
        else:
            cause = innermost_text(error) if isinstance(error, httpx2.HTTPError) else error
            record(messages.ISSUER_NOT_USABLE, None, {"issuer": issuer, "cause": safe_text(cause, 500)})

    async def _try(self, client: httpx2.AsyncClient) -> Exception | None:
        """Fetch the keys; returns the error if that failed."""
        try:
            self._keys = await fetch_keys(client, self._settings)
        except Exception as error:  # no answer of an issuer may end the process
            return error
        self._fetched_at = trio.current_time()
        return None
