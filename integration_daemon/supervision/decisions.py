"""Operators' decisions that survive a restart of the daemon: paused and stopped connectors, rejected removals."""

from collections.abc import Iterable
from pathlib import Path

import trio

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.state_file import JsonStateFile
from services.metadata.removal import RemovalGate

_RUNNING = TargetState.RUNNING


class Decisions:
    """The decisions of operators, in two files of a directory."""

    def __init__(self, directory: Path) -> None:
        self._target_states = JsonStateFile(directory / "wanted.json", dict[str, TargetState], {})
        self._rejections = JsonStateFile(directory / "rejected-removals.json", dict[str, dict[str, int]], {})
        self._kept_states: dict[str, TargetState] = {}
        self._kept_rejections: dict[str, dict[str, int]] = {}
        self._saving = trio.Lock()
        """Held from reading the connectors to writing the file, so that an older reading never replaces a newer one."""

    async def load(self) -> None:
        """Read the decisions that were saved before the restart of the daemon."""
        self._kept_states = await trio.to_thread.run_sync(self._target_states.load)
        self._kept_rejections = await trio.to_thread.run_sync(self._rejections.load)

    def recall(self, connectors: Iterable[ManagedConnector]) -> None:
        """Apply the decisions about these connectors. Connectors of groups come later than those of the document."""
        if not self._kept_states and not self._kept_rejections:
            return
        for connector in connectors:
            connector.target_state = self._kept_states.pop(connector.name, connector.target_state)
            if (rejected := self._kept_rejections.pop(connector.name, None)) is not None:
                connector.removals = RemovalGate(rejected)

    async def save_target_states(self, connectors: Iterable[ManagedConnector]) -> None:
        """Save which connectors are paused or stopped, including connectors that have not been added yet."""
        async with self._saving:
            states = {each.name: each.target_state for each in connectors if each.target_state is not _RUNNING}
            await trio.to_thread.run_sync(self._target_states.save, {**self._kept_states, **states})

    async def save_rejections(self, connectors: Iterable[ManagedConnector]) -> None:
        """Save which removals are rejected, including those of connectors that have not been added yet."""
        async with self._saving:
            rejected = {
                each.name: each.removals.rejected
                for each in connectors
                if each.removals is not None and each.removals.rejected
            }
            await trio.to_thread.run_sync(self._rejections.save, {**self._kept_rejections, **rejected})
