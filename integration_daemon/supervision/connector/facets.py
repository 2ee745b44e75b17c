"""Facets of a selection: the number of connectors that each choice selects together with the other conditions."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.selection import Selection
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind


class Status(NamedTuple):
    """A status as numbered in the column of statuses."""

    state: ConnectorState
    condition: Condition
    failure_kind: FailureKind | None = None


def _statuses() -> Iterator[tuple[int, Status]]:
    for condition in Condition:
        for state in ConnectorState:
            yield state.number + condition.number, Status(state, condition)
        for kind in FailureKind:
            number = ConnectorState.FAILED.number + condition.number + kind.number
            yield number, Status(ConnectorState.FAILED, condition, kind)


STATUSES: Mapping[int, Status] = dict(_statuses())
"""All statuses by number."""


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by facet and choice; choices that select no connector are left out."""

    states: Mapping[ConnectorState, int]
    conditions: Mapping[Condition, int]
    failure_kinds: Mapping[FailureKind, int]
    services: Mapping[str, int]


class _Met(NamedTuple):
    """The conditions of a selection that a status meets."""

    state: bool
    condition: bool
    failure_kind: bool


def _met(selection: Selection, status: Status) -> _Met:
    return _Met(
        selection.states is None or status.state in selection.states,
        selection.condition is None or status.condition is selection.condition,
        selection.failure_kind is None or status.failure_kind is selection.failure_kind,
    )


def selected_statuses(selection: Selection) -> Collection[int]:
    """The numbers of the statuses that meet all conditions on the status."""
    return [number for number, status in STATUSES.items() if all(_met(selection, status))]


def counted(column: bytes) -> Mapping[int, int]:
    """The numbers of rows of a column by status number. Each pass removes the rows of one number."""
    counts, rest = {}, column.translate(None, b"\0")
    while rest:
        left = rest.translate(None, rest[:1])
        counts[rest[0]] = len(rest) - len(left)
        rest = left
    return counts


def facets_of(
    selection: Selection, counts: Mapping[int, int], services: Mapping[str, int]
) -> tuple[Facets, Counter[Condition]]:
    """The facets, and the numbers by condition of the rows that the facet of states counts.

    `counts` are the numbers of rows, by status number, that are selected by configuration; `services` those by service.
    """
    states, conditions = Counter[ConnectorState](), Counter[Condition]()
    conditions_of_states, kinds = Counter[Condition](), Counter[FailureKind]()
    for number, count in counts.items():
        status = STATUSES[number]
        met = _met(selection, status)
        if met.condition and met.failure_kind:
            states[status.state] += count
            conditions_of_states[status.condition] += count
        if met.state and met.failure_kind:
            conditions[status.condition] += count
        if met.state and met.condition and status.failure_kind is not None:
            kinds[status.failure_kind] += count
    facets = Facets(
        states={each: states[each] for each in ConnectorState if each in states},
        conditions={each: conditions[each] for each in Condition if each in conditions},
        failure_kinds={each: kinds[each] for each in FailureKind if each in kinds},
        services={marker: count for marker, count in services.items() if count},
    )
    return facets, conditions_of_states
