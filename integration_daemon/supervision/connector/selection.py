"""The conditions that select connectors, and the orders that they are listed in."""

from collections.abc import Sequence
from enum import Enum

import msgspec
import trio

from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind

SLICE = 1_000
"""Connectors that are processed before other tasks of the event loop run: well below a millisecond."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions for selecting a connector. A condition that is `None` or empty is met by every connector."""

    service: str | None = None
    """The URL marker of its service."""
    group: str | None = None
    """The qualified name of its integration group."""
    states: frozenset[ConnectorState] | None = None
    condition: Condition | None = None
    failure_kind: FailureKind | None = None
    label: str | None = None
    """One of its labels."""
    source: str | None = None
    """The qualified name of its metadata source; empty for connectors without their own source."""
    text: str = ""
    """A part of its name, in any case."""

    @property
    def by_configuration(self) -> "Selection":
        """The conditions that depend only on the configuration."""
        return Selection(
            service=self.service, group=self.group, label=self.label, source=self.source, text=self.text.casefold()
        )

    def is_for(self, connector: ManagedConnector) -> bool:
        """True if the configuration of a connector meets the conditions."""
        return (
            (self.service is None or connector.service == self.service)
            and (self.group is None or connector.group == self.group)
            and (self.label is None or self.label in connector.config.labels)
            and (self.source is None or (connector.config.metadata_source_qualified_name or "") == self.source)
            and (not self.text or self.text.casefold() in connector.name.casefold())
        )

    def has(self, connector: ManagedConnector) -> bool:
        """True if the configuration and the status of a connector meet the conditions."""
        if not self.is_for(connector):
            return False
        failure = connector.failure if connector.state is ConnectorState.FAILED else None
        return (
            (self.states is None or connector.state in self.states)
            and (self.condition is None or connector.condition is self.condition)
            and (self.failure_kind is None or (failure is not None and failure.kind is self.failure_kind))
        )


class Order(Enum):
    """The values by which connectors are sorted. A connector without the value comes last."""

    NAME = "name"
    STATE = "state"
    CONDITION = "condition"
    LAST_ATTEMPT = "lastAttempt"
    LAST_SUCCESS = "lastSuccess"
    LAST_FAILURE = "lastFailure"
    RESTARTS = "restarts"
    FAILED_FIRST = "failedFirst"
    """The failed connectors, and then the others, both as in the document."""
    DOCUMENT = "document"


async def select(connectors: Sequence[ManagedConnector], selection: Selection) -> list[ManagedConnector]:
    """The connectors that meet the conditions, found in slices. `Roster` lists and counts them at less cost."""
    found: list[ManagedConnector] = []
    for start in range(0, len(connectors), SLICE):
        found += filter(selection.has, connectors[start : start + SLICE])
        await trio.lowlevel.checkpoint()
    return found
