"""The time of the last use of each API token: noted with every request, written periodically, shown by `token list`.

The file is separate from that of the tokens, which is read again whenever it changes.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import trio

from audit.message import Record
from integration_daemon.private_files import write_private
from integration_daemon.security.messages import LAST_USES_NOT_WRITTEN
from integration_daemon.security.permissions import Caller
from integration_daemon.security.tokens import OF_TOKENS, Token

_FILE = "security/last-uses.json"
BETWEEN_WRITES = 60.0
"""Seconds between two writes."""
LONGEST_WRITE = 5.0
"""Seconds that one write may take."""
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of the file that are read at most."""


class LastUses:
    """The last use of each token of one data directory."""

    def __init__(self, data_directory: Path) -> None:
        self._path = data_directory / _FILE
        self._noted: dict[str, float] = {}
        """Uses that have not been written yet, in seconds since the epoch, by the name of the caller."""

    def note(self, caller: Caller) -> None:
        """Note a request of a caller at the current time."""
        if caller.name.startswith(OF_TOKENS):
            self._noted[caller.name] = time.time()

    def load(self) -> dict[str, float]:
        """The written last uses, by the name of the caller; empty for a missing or broken file. Blocks."""
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MOST_BYTES), type=dict[str, float])
        except (OSError, msgspec.MsgspecError, RecursionError):
            return {}

    async def run(self, record: Record) -> None:
        """Write the noted uses, at most once a minute, until cancelled, and then once more."""
        had_failed = False
        try:
            while True:
                await trio.sleep(BETWEEN_WRITES)
                error = await self._write()
                if error is not None and not had_failed:
                    record(LAST_USES_NOT_WRITTEN, None, {"path": self._path, "cause": error})
                had_failed = error is not None
        finally:
            with trio.CancelScope(shield=True):
                await self._write()

    async def _write(self) -> Exception | None:
        if not self._noted:
            return None
        noted, self._noted = self._noted, {}
        with trio.move_on_after(LONGEST_WRITE):
            error = await trio.to_thread.run_sync(self._add, noted, abandon_on_cancel=True)
            if error is None:
                return None
            self._noted = {**noted, **self._noted}
            return error
        return TimeoutError(f"writing it takes more than {LONGEST_WRITE:g} seconds")

    def _add(self, noted: dict[str, float]) -> Exception | None:
        try:
            write_private(self._path, msgspec.json.format(msgspec.json.encode({**self.load(), **noted})))
        except OSError as error:
            return error
        return None


def last_use(token: Token, uses: Mapping[str, float]) -> float | None:
    """The time of a token's last use, or `None`. Uses of an earlier token with the same name do not count."""
    used = uses.get(token.caller.name)
    return used if used is not None and used >= token.created else None
