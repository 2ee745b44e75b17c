"""What is wanted of a connector, apart from what is the case: kept over a restart of the daemon."""

import os
from enum import Enum
from pathlib import Path

import msgspec


class Wanted(Enum):
    """What an operator wants of a connector."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    """It keeps what it holds and is not refreshed."""
    STOPPED = "STOPPED"
    """It is disconnected and not called."""


class WantedStore:
    """The connectors of one daemon that are not wanted running, in a file. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Wanted]:
        """What is wanted, by connector name; those not in it are wanted running. A broken file counts as none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Wanted])
        except (FileNotFoundError, msgspec.MsgspecError):
            return {}

    def save(self, wanted: dict[str, Wanted]) -> None:
        """Keep what is wanted, as a whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(wanted))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
