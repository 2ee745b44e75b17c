"""A file that one connector replaces atomically. All calls block.

Its directory also contains `.NAME.lock`, which the writer of the file `NAME` locks, and `.NAME.new` during a write.
"""

import fcntl
import os
import stat
from pathlib import Path


class NotUsableError(Exception):
    """A file must not be written; the text is the reason, for a sentence such as "it cannot be written: ..."."""


class OutputFile:
    """A file at a path. Methods raise `NotUsableError`, and `OSError` if the operating system refuses an operation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def hold(self) -> None:
        """Lock the file against other writers, until `release` or the end of the process."""
        if self._lock is not None:
            return
        descriptor = os.open(self._sibling("lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise NotUsableError("another connector writes it") from None
        except BaseException:
            os.close(descriptor)
            raise
        self._lock = descriptor

    def release(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def differs(self, content: bytes) -> bool:
        """True if the file does not exist, or has other content."""
        existing = self._stat()
        if existing is None or existing.st_size != len(content):
            return True
        with open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(len(content) + 1) != content

    def write(self, content: bytes) -> None:
        """Replace the file. An existing file keeps its access mode; that of a new file follows the umask."""
        self.hold()
        existing, fresh = self._stat(), self._sibling("new")
        fresh.unlink(missing_ok=True)  # left by a killed process
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with open(os.open(fresh, flags, 0o666), "wb") as file:
                if existing is not None:
                    os.fchmod(file.fileno(), stat.S_IMODE(existing.st_mode))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        _sync_directory(self.path.parent)

    def require_writable(self) -> None:
        """Check that the file can be written, without writing."""
        self._stat()
        directory = self.path.parent
        if not stat.S_ISDIR(directory.stat().st_mode):
            raise NotUsableError(f"{directory} is not a directory")
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(13, f"the directory {directory} is not writable")

    def _stat(self) -> os.stat_result | None:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(found.st_mode):
            raise NotUsableError("it is a symbolic link, which leads elsewhere")
        if not stat.S_ISREG(found.st_mode):
            raise NotUsableError("it is there, and is not a file")
        return found

    def _sibling(self, kind: str) -> Path:
        return self.path.with_name(f".{self.path.name}.{kind}")


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
