"""An integration group as an integration daemon has it."""

import time
from collections.abc import Collection, Iterable, Sequence
from enum import Enum

import msgspec

from integration_daemon.config.document import IntegrationGroupConfig
from integration_daemon.config.units import ConnectorUnit
from integration_daemon.groups.definition import GroupDefinition


class GroupStatus(Enum):
    """The names are those of the ecosystem."""

    ASSIGNED = "ASSIGNED"
    """It has not been read yet."""
    CONFIGURING = "CONFIGURING"
    """It has been read, and has no connectors."""
    RUNNING = "RUNNING"
    """It has been read, and has connectors."""
    FAILED = "FAILED"
    """It could not be read, and nothing of it runs."""


class IntegrationGroup:
    """A configured group, with what was read of it last. Changed only on the event loop."""

    def __init__(self, config: IntegrationGroupConfig) -> None:
        self.config = config
        self.definition: GroupDefinition | None = None
        self.last_reading: float | None = None
        """When it was read last, in seconds since the epoch."""
        self.problem: Exception | None = None
        """Why it could not be read or applied the last time."""
        self._refused: dict[str, bool] = {}
        """Names of its connectors that others of the daemon have, and whether they are shown under other names."""

    @property
    def name(self) -> str:
        """Its qualified name."""
        return self.config.integration_group_qualified_name

    @property
    def status(self) -> GroupStatus:
        """The status of the group as a whole; its connectors have statuses of their own."""
        if self.definition is None:
            return GroupStatus.ASSIGNED if self.problem is None else GroupStatus.FAILED
        return GroupStatus.RUNNING if self.definition.connectors else GroupStatus.CONFIGURING

    def take(self, definition: GroupDefinition) -> None:
        """Note what was read."""
        self.definition = definition
        self.last_reading = time.time()
        self.problem = None

    def forget(self) -> None:
        """Note that there is no such group any more: nothing of it is to run."""
        self.definition = None

    def configs(self, taken: set[str]) -> dict[str, list[ConnectorUnit]]:
        """What is to run now, by the URL marker of its service. May be called on a worker thread.

        `taken` has the names that others use. They are not used here, and this group's names are added to them. The
        name of a connector that works for its catalog targets alone is one of them.
        """
        own: set[str] = set()
        found: dict[str, list[ConnectorUnit]] = {}
        now = time.time()
        definition = self.definition
        refused = dict.fromkeys(taken.intersection(definition.connectors if definition is not None else ()), False)
        for unit in definition.units if definition is not None else ():
            config = unit.config
            if not unit.period.has(now):
                continue
            name = config.connector_name
            if name in taken or name in own:
                config, refused[name] = _another(config, name), True
            elif config.target_of in taken:
                config = _another(config, config.target_of)
            own.add(config.connector_name)
            found.setdefault(unit.marker, []).append(config)
        self._refused = refused
        taken.update(own)
        taken.update(each.target_of for some in found.values() for each in some if each.target_of)
        return found

    def was_refused(self, names: Collection[str]) -> bool:
        """Whether it wanted one of these names, which others had."""
        return not self._refused.keys().isdisjoint(names)

    def idle(self, running: Iterable[str]) -> Sequence[tuple[str, str]]:
        """The registered connectors of which nothing is there now, each with the reason if it is refused.

        What is there is given by name.
        """
        shown = {*running, *(name for name, is_shown in self._refused.items() if is_shown)}
        registered = self.definition.connectors if self.definition is not None else ()
        return [(name, _taken(name) if name in self._refused else "") for name in registered if name not in shown]


def _another(config: ConnectorUnit, name: str) -> ConnectorUnit:
    """A connector with a name that is used elsewhere in the daemon: it is shown by another one, and is not run."""
    return msgspec.structs.replace(
        config,
        connector_name=f"{config.connector_name} ({config.connector_id})",
        refusal=_taken(name),
    )


def _taken(name: str) -> str:
    return f"another connector of the daemon has the name {name}: one of them needs another connectorName"
