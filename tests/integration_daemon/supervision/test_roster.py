"""Pages of connectors: what the columns tell is what a look at every connector finds, whatever has happened."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.log import AuditLog
from integration_daemon.config.document import IntegrationConnectorConfig
from integration_daemon.supervision.connector import ordering
from integration_daemon.supervision.connector.columns import StatusColumns
from integration_daemon.supervision.connector.condition import enter, judge
from integration_daemon.supervision.connector.facets import STATUSES
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.roster import Listing, Page, Roster
from integration_daemon.supervision.connector.selection import Order, Selection
from integration_daemon.supervision.connector.state import TRANSITIONS, ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind, failure_from
from services.framework.connection import Connection

LABELS = ("gold", "silver")
SERVICES = ("files-integrator", "database-integrator")


class Ward:
    """Some connectors, and a roster of them."""

    def __init__(self) -> None:
        self.columns = StatusColumns()
        self.connectors: list[ManagedConnector] = []
        self.roster = Roster(lambda: list(self.connectors), self.columns)
        self.removed: list[ManagedConnector] = []
        self.added = 0

    def add(self, number: int) -> None:
        """Add a connector whose name, service and label depend on the number."""
        self.added += 1
        config = IntegrationConnectorConfig(
            connector_name=f"Bed {number} {self.added}",
            connection=Connection(),
            labels=(LABELS[number % 2],) if number % 3 else (),
        )
        log = cast("AuditLog", SimpleNamespace(subject=None, conceal=None))
        self.connectors.insert(
            number % (len(self.connectors) + 1),
            ManagedConnector(config, SERVICES[number % 2], log, None, columns=self.columns),
        )
        for removed in self.removed:
            removed.last_failure, removed.restarts = 1e9, 99
            enter(removed, ConnectorState.STOPPING)
        self.removed.clear()

    def remove(self, number: int) -> None:
        """Remove a connector as a service does. It ends its work after the next one was added."""
        removed = self.connectors.pop(number % len(self.connectors))
        removed.leave_columns()
        self.removed.append(removed)


def go_on(connector: ManagedConnector, number: int) -> None:
    """Enter one of the next states, with a failure or a success if it is such a state."""
    following = sorted(TRANSITIONS[connector.state], key=lambda state: state.label)
    state = following[number % len(following)]
    if state is ConnectorState.INITIALIZING:
        connector.incarnation = Incarnation(1, is_quiet=False)
    if state is ConnectorState.FAILED:
        connector.incarnation = connector.incarnation or Incarnation(1, is_quiet=False)
        error = (ValueError("defect"), TimeoutError("late"))[number % 2]
        connector.incarnation.failure = failure_from(error, "refresh")
        connector.last_failure = connector.failing_since = float(number % 7)
    if state is ConnectorState.REFRESHING:
        connector.last_attempt = float(number % 5)
        connector.last_success = float(number % 11)
    enter(connector, state)


def change(ward: Ward, action: str, number: int) -> None:
    """Make one change."""
    if action == "add" or not ward.connectors:
        ward.add(number)
        return
    connector = ward.connectors[number % len(ward.connectors)]
    if action == "remove" and ConnectorState.STOPPING in TRANSITIONS[connector.state]:
        ward.remove(number)
    elif action == "enter":
        go_on(connector, number)
    elif action == "judge":
        judge(connector)
    elif action == "restart":
        connector.restarts += number % 3


VALUES: dict[Order, Callable[[ManagedConnector], Any]] = {
    Order.NAME: lambda each: each.name,
    Order.STATE: lambda each: each.state.label,
    Order.CONDITION: lambda each: each.condition.value,
    Order.LAST_ATTEMPT: lambda each: each.last_attempt,
    Order.LAST_SUCCESS: lambda each: each.last_success,
    Order.LAST_FAILURE: lambda each: each.last_failure,
    Order.RESTARTS: lambda each: each.restarts,
    Order.FAILED_FIRST: lambda each: each.state is not ConnectorState.FAILED,
    Order.DOCUMENT: lambda each: 0,
}


def in_order(found: Sequence[ManagedConnector], order: Order, *, descending: bool) -> list[ManagedConnector]:
    """The connectors sorted in the plain way."""
    value = VALUES[order]
    if order not in (Order.DOCUMENT, Order.FAILED_FIRST):
        found = sorted(found, key=lambda each: each.name)
    have = sorted((each for each in found if value(each) is not None), key=value)
    lack = [each for each in found if value(each) is None]
    return [*reversed(have), *reversed(lack)] if descending else have + lack


def test_every_status_has_a_number_of_its_own_in_a_byte() -> None:
    assert len(STATUSES) == len(Condition) * (len(ConnectorState) + len(FailureKind))
    assert min(STATUSES) > 0
    assert max(STATUSES) < 256


selections = st.builds(
    Selection,
    service=st.sampled_from([None, *SERVICES]),
    states=st.one_of(st.none(), st.frozensets(st.sampled_from(ConnectorState))),
    condition=st.sampled_from([None, *Condition]),
    failure_kind=st.sampled_from([None, FailureKind.DEFECT, FailureKind.TIMEOUT]),
    label=st.sampled_from([None, *LABELS]),
    text=st.sampled_from(["", "1", "bed 2"]),
)
changes = st.tuples(
    st.sampled_from(["add", "remove", "enter", "enter", "enter", "enter", "judge", "restart"]), st.integers(0, 99)
)


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few connectors are already many."""
    monkeypatch.setattr(ordering, "SORTED", 3)
    monkeypatch.setattr(ordering, "SAMPLED", 3)
    monkeypatch.setattr(ordering, "MARGIN", 1)
    monkeypatch.setattr(ordering, "FEW", 1)


@settings(deadline=None)
@given(
    rounds=st.lists(st.tuples(st.lists(changes, min_size=5, max_size=40), selections), max_size=4),
    order=st.sampled_from(Order),
    descending=st.booleans(),
    limit=st.integers(1, 9),
)
def test_pages_and_counts_are_those_of_a_look_at_every_connector(
    rounds: list[tuple[list[tuple[str, int]], Selection]], order: Order, descending: bool, limit: int
) -> None:
    trio.run(partial(_compare, rounds, order, descending=descending, limit=limit))


async def _compare(
    rounds: list[tuple[list[tuple[str, int]], Selection]], order: Order, *, descending: bool, limit: int
) -> None:
    ward = Ward()
    for number in range(12):
        ward.add(number)
    for some, selection in rounds:
        for action, number in some:
            change(ward, action, number)
        found = [each for each in ward.connectors if selection.has(each)]
        expected = in_order(found, order, descending=descending)
        other = [each for each in ward.connectors if Selection(**{**_fields(selection), "states": None}).has(each)]
        shown: list[ManagedConnector] = []
        page: Page | None = None
        while page is None or page.end is not None:
            after = None if page is None else page.end
            listing = Listing(order=order, descending=descending, after=after, limit=limit)
            page = await ward.roster.page(selection, listing)
            assert page.total == len(expected)
            assert page.counts == Counter(each.state for each in other)
            assert page.conditions == Counter(each.condition for each in other)
            shown += page.connectors
            _compare_facets(page, ward, selection)
        assert [each.name for each in shown] == [each.name for each in expected]
        for start in range(0, len(expected), limit):
            listing = Listing(order=order, descending=descending, start=start, limit=limit)
            page = await ward.roster.page(selection, listing)
            assert page.connectors == expected[start : start + limit]


def _compare_facets(page: Page, ward: Ward, selection: Selection) -> None:
    def count(**choice: Any) -> int:
        return sum(map(Selection(**{**_fields(selection), **choice}).has, ward.connectors))

    facets, services = page.facets, {each.service for each in ward.connectors}
    assert facets.states == {each: n for each in ConnectorState if (n := count(states=frozenset({each})))}
    assert facets.conditions == {each: n for each in Condition if (n := count(condition=each))}
    assert facets.failure_kinds == {each: n for each in FailureKind if (n := count(failure_kind=each))}
    assert facets.services == {each: n for each in services if (n := count(service=each))}


def _fields(selection: Selection) -> dict[str, Any]:
    return {name: getattr(selection, name) for name in selection.__struct_fields__}


@given(order=st.sampled_from([Order.NAME, Order.DOCUMENT, Order.RESTARTS]), descending=st.booleans(), data=st.data())
def test_connectors_that_stay_are_in_one_page_each_whatever_comes_and_goes_between_the_pages(
    order: Order, descending: bool, data: st.DataObject
) -> None:
    async def turn_pages() -> None:
        ward = Ward()
        for number in range(12):
            ward.add(number)
            ward.connectors[-1].restarts = number % 4
        staying = {each.name for each in ward.connectors if len(each.name) % 2}
        listing = Listing(order=order, descending=descending, limit=3)
        page = await ward.roster.page(Selection(), listing)
        shown = [each.name for each in page.connectors]
        while page.end is not None:
            removed = [at for at, each in enumerate(ward.connectors) if each.name not in staying]
            for at in sorted(data.draw(st.sets(st.sampled_from(removed))), reverse=True) if removed else ():
                ward.connectors.pop(at).leave_columns()
            if order is not Order.DOCUMENT and ward.added < 20:
                ward.add(data.draw(st.integers(0, 99)))
            listing = Listing(order=order, descending=descending, limit=3, after=page.end)
            page = await ward.roster.page(Selection(), listing)
            shown += [each.name for each in page.connectors]
        assert sorted(name for name in shown if name in staying) == sorted(staying)

    trio.run(turn_pages)
