"""Selecting connectors by conditions, and counting them by state."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from heapq import nlargest, nsmallest
from operator import attrgetter
from typing import Any

import msgspec
import trio

from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind

SLICE = 1_000
"""Connectors that are looked at before other tasks of the event loop run: well below a millisecond."""

_state, _condition = attrgetter("state"), attrgetter("condition")


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
    text: str = ""
    """A part of its name, in any case."""

    def apart_from_state(self, connectors: Iterable[ManagedConnector]) -> list[ManagedConnector]:
        """Those for which every condition except the one on the state holds."""
        found = list(connectors)
        if self.service is not None:
            found = [each for each in found if each.service == self.service]
        if self.group is not None:
            found = [each for each in found if each.group == self.group]
        if self.label is not None:
            found = [each for each in found if self.label in each.config.labels]
        if self.text:
            text = self.text.casefold()
            found = [each for each in found if text in each.name.casefold()]
        if self.failure_kind is not None:
            kind = self.failure_kind
            found = [each for each in found if each.failure is not None and each.failure.kind is kind]
        if self.condition is not None:
            found = [each for each in found if each.condition is self.condition]
        return found


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """The connectors that a selection is about."""

    connectors: Sequence[ManagedConnector]
    counts: Counter[ConnectorState]
    """By state, of all for which the other conditions hold: how many each choice of a state would select."""
    conditions: Counter[Condition]
    """By condition, of those that the counts by state are of."""


class Order(Enum):
    """The values by which connectors are sorted. A connector without the value comes last."""

    NAME = ("name", lambda each: each.name)
    STATE = ("state", lambda each: each.state.label)
    CONDITION = ("condition", lambda each: each.condition.value)
    LAST_ATTEMPT = ("lastAttempt", lambda each: each.last_attempt)
    LAST_SUCCESS = ("lastSuccess", lambda each: each.last_success)
    LAST_FAILURE = ("lastFailure", lambda each: each.last_failure)
    RESTARTS = ("restarts", lambda each: each.restarts)

    def __init__(self, label: str, value: Callable[[ManagedConnector], Any]) -> None:
        self.label = label
        self.of = value


async def first_in_order(
    connectors: Sequence[ManagedConnector], order: Order, count: int, *, descending: bool
) -> list[ManagedConnector]:
    """The first connectors in an order, found in slices; those with equal values by name."""
    have = [each for each in connectors if order.of(each) is not None]
    lack = [each for each in connectors if order.of(each) is None]
    choose = nlargest if descending else nsmallest
    first: list[ManagedConnector] = []
    for start in range(0, len(have), SLICE):
        some = first + have[start : start + SLICE]
        first = choose(count, some, key=lambda each: (order.of(each), each.name))
        await trio.lowlevel.checkpoint()
    return (first + lack)[:count]


async def select(
    connectors: Sequence[ManagedConnector], selection: Selection, *, failed_first: bool = False
) -> Selected:
    """Look at every connector once, in slices, so that 100,000 of them do not hold the event loop.

    The order is the given one, or the failed connectors followed by the others.
    """
    failed: list[ManagedConnector] = []
    others: list[ManagedConnector] = []
    counts: Counter[ConnectorState] = Counter()
    conditions: Counter[Condition] = Counter()
    for start in range(0, len(connectors), SLICE):
        found = selection.apart_from_state(connectors[start : start + SLICE])
        counts.update(map(_state, found))
        conditions.update(map(_condition, found))
        if selection.states is not None:
            found = [each for each in found if each.state in selection.states]
        if failed_first:
            failed += [each for each in found if each.state is ConnectorState.FAILED]
            found = [each for each in found if each.state is not ConnectorState.FAILED]
        others += found
        await trio.lowlevel.checkpoint()
    return Selected(connectors=failed + others, counts=counts, conditions=conditions)
