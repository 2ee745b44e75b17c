"""A list in a JSON file of the data directory, changed by one process at a time and followed by a running platform."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from integration_daemon.private_files import make_private, read_regular, write_private
from integration_daemon.security import messages
from services.errors import InvalidParameterError

T = TypeVar("T")


class PrivateList(Generic[T]):
    """The file `security/{name}.json`. All methods block."""

    def __init__(self, data_directory: Path, name: str, kind: type[T], noun: str) -> None:
        self._directory = data_directory / "security"
        self._name = name
        self._kind = kind
        self.noun = noun
        """The noun for the entries in messages."""

    @property
    def path(self) -> Path:
        """The file, which need not exist."""
        return self._directory / f"{self._name}.json"

    def version(self) -> tuple[int, ...] | None:
        """A value that differs after each change of the file; `None` without a file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def load(self) -> list[T]:
        """All entries; raises `InvalidParameterError` for a file that is unreadable or has other content."""
        try:
            return msgspec.json.decode(read_regular(self.path), type=list[self._kind])  # type: ignore[name-defined]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, RecursionError) as error:
            cause = getattr(error, "strerror", None) or error
            raise InvalidParameterError(
                messages.LIST_NOT_READABLE, what=self.noun, path=self.path, cause=cause
            ) from None

    @contextmanager
    def changing(self) -> Iterator[list[T]]:
        """A context for changing the entries under a lock; they are written at its end."""
        with ExitStack() as lock:
            try:
                make_private(self._directory)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                descriptor = os.open(self._directory / f".{self._name}.lock", flags, 0o600)
                lock.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                entries = self.load()
                yield entries
                write_private(self.path, msgspec.json.format(msgspec.json.encode(entries)))
            except OSError as error:
                cause = error.strerror or type(error).__name__
                raise InvalidParameterError(
                    messages.LIST_NOT_WRITABLE, what=self.noun, path=self.path, cause=cause
                ) from None
