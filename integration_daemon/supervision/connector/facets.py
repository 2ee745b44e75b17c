"""How many connectors each choice of a condition would select while the other conditions hold."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.ordering import table_of
from integration_daemon.supervision.connector.selection import Selection
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind

EVERY_ROW = -1
"""The mask of a condition that every connector meets."""


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by facet and choice; a choice that would select none is left out."""

    states: Mapping[ConnectorState, int]
    conditions: Mapping[Condition, int]
    failure_kinds: Mapping[FailureKind, int]
    services: Mapping[str, int]


class StatusMasks:
    """Rows that meet each of the conditions on the status: 1 in the byte of each such row, as one large number."""

    def __init__(self, states: bytes, conditions: bytes, failure_kinds: bytes, selection: Selection) -> None:
        self._states, self._conditions, self._failure_kinds = states, conditions, failure_kinds
        wanted, condition, kind = selection.states, selection.condition, selection.failure_kind
        self.state = EVERY_ROW if wanted is None else where(states, *(each.number for each in wanted))
        self.condition = EVERY_ROW if condition is None else where(conditions, condition.number)
        self.failure_kind = EVERY_ROW if kind is None else where(failure_kinds, kind.number)

    def facets(self, found: int, service: int, services: Mapping[str, int]) -> Facets:
        """The counts among the rows found by configuration, without the condition on the service, whose mask it is.

        `services` has the masks of all services.
        """
        of_status = self.state & self.condition & self.failure_kind
        chosen = found & service
        counts = {marker: (found & of_status & mask).bit_count() for marker, mask in services.items()}
        return Facets(
            states=counted(ConnectorState, self._states, chosen & self.condition & self.failure_kind),
            conditions=counted(Condition, self._conditions, chosen & self.state & self.failure_kind),
            failure_kinds=counted(FailureKind, self._failure_kinds, chosen & self.state & self.condition),
            services={marker: count for marker, count in counts.items() if count},
        )


def where(column: bytes, *numbers: int) -> int:
    """The mask of the rows that have one of these numbers: all rows are looked at at once."""
    return int.from_bytes(column.translate(table_of(numbers)), "little")


def counted(members: type[Enum], column: bytes, among: int) -> Any:
    """By member of an enum with numbers, how many rows among these have its number."""
    counts = {}
    for each in members:
        number = each.number  # type: ignore[attr-defined]
        if number in column and (count := (where(column, number) & among).bit_count()):
            counts[each] = count
    return counts
