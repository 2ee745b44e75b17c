"""State that survives the restart of a daemon, in a small JSON file."""

import os
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class JsonStateFile(Generic[T]):
    """One value in a JSON file. Its methods block."""

    def __init__(self, path: Path, kind: type[T], default: T) -> None:
        self._path = path
        self._kind = kind
        self._default = default
        self._saving = Lock()

    def load(self) -> T:
        """The value that was kept last, or the default if there is none; a broken file counts as none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except (FileNotFoundError, msgspec.MsgspecError):
            return self._default

    def save(self, value: T) -> None:
        """Keep a value, as a whole or not at all."""
        with self._saving:  # what is fresh has one name
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(value))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
