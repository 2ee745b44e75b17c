"""State that survives the restart of a daemon, in a small JSON file."""

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from integration_daemon.private_files import write_private

T = TypeVar("T")


class JsonStateFile(Generic[T]):
    """One value in a JSON file. Its methods block."""

    def __init__(self, path: Path, kind: type[T], default: T) -> None:
        self._path = path
        self._kind = kind
        self._default = default

    def load(self) -> T:
        """The saved value, or the default if the file is missing or broken."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except (FileNotFoundError, msgspec.MsgspecError):
            return self._default

    def save(self, value: T) -> None:
        """Save a value atomically."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self._path, msgspec.json.encode(value))
