"""The current entries of a private list that other processes change."""

from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from audit.message import Record
from integration_daemon.security import messages
from integration_daemon.security.private_list import PrivateList
from services.errors import InvalidParameterError

POLL_INTERVAL = 0.25
"""Seconds between checks of the file: a removed entry is valid for at most this time."""
CHECK_TIMEOUT = 5.0
"""Seconds that one check may take; after that, no entry is valid."""

T = TypeVar("T")


class FollowedList(Generic[T]):
    """The entries of a list by a key; empty while the file cannot be read."""

    def __init__(self, file: PrivateList[T], key: Callable[[T], str]) -> None:
        self.entries: dict[str, T] = {}
        self._file = file
        self._key = key
        self._version: object = object()

    def open(self) -> None:
        """Read the file for the first time. Blocks.

        Raises `InvalidParameterError` if it cannot be read.
        """
        self._version = self._file.version()
        self.entries = self._load()

    async def run(self, record: Record) -> None:
        """Follow the file until cancelled."""
        while True:
            await trio.sleep(POLL_INTERVAL)
            error: Exception | None = TimeoutError(f"reading it takes more than {CHECK_TIMEOUT:g} seconds")
            with trio.move_on_after(CHECK_TIMEOUT):
                error = await trio.to_thread.run_sync(self._look_again, abandon_on_cancel=True)
            if error is not None and self.entries:
                self.entries = {}
                record(messages.LIST_LOST, None, {"what": self._file.noun, "path": self._file.path, "cause": error})

    def _look_again(self) -> Exception | None:
        """Read the file again if it has changed; returns the error if it cannot be read."""
        try:
            version = self._file.version()
            if version != self._version:
                if version is None and self.entries:
                    return FileNotFoundError("the file has been removed")
                self._version = object()
                self.entries = self._load()
                self._version = version
        except (InvalidParameterError, OSError) as error:
            return error
        return None

    def _load(self) -> dict[str, T]:
        return {self._key(each): each for each in self._file.load()}
