"""The certificates that the client of metadata servers trusts, which are read again when their file changes."""

import ssl
from pathlib import Path
from typing import Any

import trio

from audit.log import AuditLog
from services.errors import InvalidParameterError
from services.file_version import LOOK_AGAIN, versions_of
from services.metadata.messages import CA_BUNDLE_KEPT, CA_BUNDLE_NOT_USABLE, CA_BUNDLE_RENEWED


class Trust:
    """The certificates of the system and those of a bundle. An authority that is taken out is trusted until the end."""

    def __init__(self, bundle: Path | None, log: AuditLog | None) -> None:
        """Raises `InvalidParameterError` for an unreadable bundle. Blocks."""
        self._bundle = bundle
        self._log = log
        self._next_look = 0.0
        self.context = ssl.create_default_context()
        if bundle is not None:
            self._versions = versions_of([bundle])
            self._load(bundle)

    async def renew(self, request: Any) -> None:
        """Read the bundle again if it has changed, before a request; one that cannot be used leaves all as it is."""
        now = trio.current_time()
        if self._bundle is not None and now >= self._next_look:
            self._next_look = now + LOOK_AGAIN
            await trio.to_thread.run_sync(self._look_again, self._bundle)

    def _look_again(self, bundle: Path) -> None:
        versions = versions_of([bundle])
        if versions == self._versions:
            return
        self._versions = versions
        try:
            self._load(bundle)
        except InvalidParameterError as error:
            if self._log is not None:
                self._log.record(CA_BUNDLE_KEPT, path=bundle, cause=error.parameters["cause"])
        else:
            if self._log is not None:
                self._log.record(CA_BUNDLE_RENEWED, path=bundle)

    def _load(self, bundle: Path) -> None:
        try:
            self.context.load_verify_locations(bundle)
        except (OSError, ssl.SSLError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise InvalidParameterError(CA_BUNDLE_NOT_USABLE, path=bundle, cause=cause) from None
