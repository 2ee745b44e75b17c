"""A log file that is rotated by size: the file that is appended to, and the full files before it."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.destination import DestinationSettings
from audit.destinations.appending import append

MEGABYTE = 1_000_000


class RotatedFile:
    """Appends to `path`; when that is full it becomes `path.1`, that becomes `path.2`, and the oldest is deleted."""

    def __init__(self, path: Path, *, max_bytes: int = 50 * MEGABYTE, keep: int = 10) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep

    @classmethod
    def from_settings(cls, path: Path, settings: DestinationSettings) -> "RotatedFile":
        """Create a file that the properties `maxMegabytes` and `keepFiles` bound.

        Raises `DestinationError` for invalid values.
        """
        max_megabytes = settings.number("maxMegabytes", 50, least=0.001, most=1_000_000)
        keep = settings.number("keepFiles", 10, least=0, most=10_000)
        return cls(path, max_bytes=int(max_megabytes * MEGABYTE), keep=int(keep))

    def make_room(self, length: int) -> bool:
        """Begin a new file if `length` more bytes would exceed the maximum size; true if a new file was begun.

        While another writer, of any process, is rotating files in the directory, no new file is begun.
        """
        if not self._is_full(length):
            return False
        with _rotating(self.path.parent) as is_alone:
            if not (is_alone and self._is_full(length)):
                return False
            self._rotate()
        return True

    def _rotate(self) -> None:
        for number in range(self._keep - 1, -1, -1):
            older, newer = self.numbered(number + 1), self.numbered(number)
            if newer.exists():
                newer.replace(older)
        self.numbered(self._keep).unlink(missing_ok=True)

    def append(self, content: bytes) -> None:
        """Append the whole content, after making room; raises `OSError`, and appends nothing, if that fails."""
        self.make_room(len(content))
        append(self.path, content)

    def numbered(self, number: int) -> Path:
        """The path of a full file, 1 for the newest; 0 is the file that is appended to."""
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    def _is_full(self, length: int) -> bool:
        try:
            return self.path.stat().st_size + length > self._max_bytes
        except FileNotFoundError:
            return False


@contextmanager
def _rotating(directory: Path) -> Iterator[bool]:
    """Hold the lock on a directory; false if another writer holds it, true on file systems without such locks."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError as error:
            if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP):
                raise
        yield True
    finally:
        os.close(descriptor)
