"""The file of an embedded store and SQLite's files beside it: private to one user, and checked for removal."""

import os
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")


class FileReplacedError(Exception):
    """The file was removed or replaced while it was open: later writes are lost."""


class StoreFile:
    """A file that is created if it does not exist, and made private if other users can read it. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        os.close(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        )  # SQLite gives its other files the same mode
        for suffix in _BESIDE:
            with suppress(FileNotFoundError, PermissionError):  # a file system without modes, or a file of another user
                os.chmod(f"{path}{suffix}", PRIVATE)
        found = os.stat(self._path)
        self._identity = found.st_dev, found.st_ino

    def require_same_file(self) -> None:
        """Raise `FileReplacedError` if the file was removed or replaced. This takes two microseconds."""
        try:
            found = os.stat(self._path)
        except OSError as error:
            raise FileReplacedError(f"it has been removed while it was open: {error.strerror}") from None
        if (found.st_dev, found.st_ino) != self._identity:
            raise FileReplacedError("another file has been put in its place while it was open")
