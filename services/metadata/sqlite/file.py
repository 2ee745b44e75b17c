"""The file of an embedded store, and the files that SQLite has beside it: for one user alone, and still there."""

import os
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")


class FileGone(Exception):
    """The file has been removed or replaced while it was open: what is written to it is lost."""


class StoreFile:
    """A file that is made if it is not there, and taken from other users if they can read it. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))  # SQLite gives the others its mode
        for suffix in _BESIDE:
            with suppress(FileNotFoundError, PermissionError):  # a file system without modes, or another user's file
                os.chmod(f"{path}{suffix}", PRIVATE)
        found = os.stat(self._path)
        self._identity = found.st_dev, found.st_ino

    def require_there(self) -> None:
        """Raise `FileGone` if another file, or none, has the name by now: it takes two microseconds."""
        try:
            found = os.stat(self._path)
        except OSError as error:
            raise FileGone(f"it has been removed while it was open: {error.strerror}") from None
        if (found.st_dev, found.st_ino) != self._identity:
            raise FileGone("another file has been put in its place while it was open")
