"""The state of an integration group in an integration daemon."""

import time
from collections.abc import Collection, Iterable, Sequence
from enum import Enum

import msgspec

from integration_daemon.config.document import IntegrationGroupConfig
from integration_daemon.config.units import ConnectorUnit
from integration_daemon.groups.definition import GroupDefinition


class GroupStatus(Enum):
    """The status of a group, by the names of the ecosystem."""

    ASSIGNED = "ASSIGNED"
    """The group has not been read yet."""
    CONFIGURING = "CONFIGURING"
    """The group has been read, and has no connectors."""
    RUNNING = "RUNNING"
    """The group has been read, and has connectors."""
    FAILED = "FAILED"
    """The group could not be read, and none of its connectors run."""


class IntegrationGroup:
    """A configured group, with its last definition. Changed only on the event loop."""

    def __init__(self, config: IntegrationGroupConfig) -> None:
        self.config = config
        self.definition: GroupDefinition | None = None
        self.last_reading: float | None = None
        """Time of the last reading, in seconds since the epoch."""
        self.problem: Exception | None = None
        """The error of the last reading or application."""
        self._refused: dict[str, bool] = {}
        """Names of its connectors that other connectors of the daemon use; true for those shown under another name."""

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
        """Set the definition that was read."""
        self.definition = definition
        self.last_reading = time.time()
        self.problem = None

    def forget(self) -> None:
        """Note that the group has been deleted, so that none of its connectors are to run."""
        self.definition = None

    def configs(self, taken: set[str]) -> dict[str, list[ConnectorUnit]]:
        """The units to run now, by the URL marker of their service. May be called on a worker thread.

        `taken` has the names that are used elsewhere. A unit with such a name is refused, and the names of this group
        are added, including those of connectors that only work for their catalog targets.
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
        """True if a connector was refused because of one of these names."""
        return not self._refused.keys().isdisjoint(names)

    def idle(self, running: Iterable[str]) -> Sequence[tuple[str, str]]:
        """The registered connectors that are not in `running`, a list of names; each with the reason if refused."""
        shown = {*running, *(name for name, is_shown in self._refused.items() if is_shown)}
        registered = self.definition.connectors if self.definition is not None else ()
        return [(name, _taken(name) if name in self._refused else "") for name in registered if name not in shown]


def _another(config: ConnectorUnit, name: str) -> ConnectorUnit:
    """A refused connector, shown under another name because its own is used elsewhere in the daemon."""
    return msgspec.structs.replace(
        config,
        connector_name=f"{config.connector_name} ({config.connector_id})",
        refusal=_taken(name),
    )


def _taken(name: str) -> str:
    return f"another connector of the daemon has the name {name}: one of them needs another connectorName"
