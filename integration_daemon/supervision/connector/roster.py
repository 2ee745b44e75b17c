"""Lists of a daemon's connectors: a page of what a selection selects, in some order, and the counts of all of it.

A page is taken from the columns as they are at one moment, so that its counts and its connectors agree. What is
selected by the configuration (a service, a label, a text) is kept until the configuration changes.
"""

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import msgspec
import trio

from integration_daemon.supervision.connector.columns import StatusColumns
from integration_daemon.supervision.connector.facets import EVERY_ROW, Facets, StatusMasks, counted
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.ordering import Sorting, Ties, position_after, rows_between
from integration_daemon.supervision.connector.selection import SLICE, Order, Selection
from integration_daemon.supervision.connector.state import ConnectorState

KEPT = 16
"""Selections by configuration that are kept, each in one byte for each connector."""

Among = Callable[[str], bool]
"""Tells by name which connectors a caller may see."""

_BY_LABEL = bytes.maketrans(
    bytes(state.number for state in sorted(ConnectorState, key=lambda state: state.label)),
    bytes(range(len(ConnectorState))),
)
"""Turns states into numbers that are in the order of their labels, and"""
_CONDITION_BY_LABEL = bytes.maketrans(
    bytes(condition.number for condition in sorted(Condition, key=lambda condition: condition.label)),
    bytes(range(len(Condition))),
)
"""the same for conditions."""
_NOT_FAILED = bytes(number != ConnectorState.FAILED.number for number in range(256))


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: at a connector, by what it is sorted by. The next page begins after it, even if it is gone."""

    value: float
    """The value that it is sorted by."""
    name: str
    number: int
    """Its place in the order of connectors with the same value."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the connectors that a selection is about."""

    connectors: Sequence[ManagedConnector]
    total: int
    """All that are selected."""
    counts: Counter[ConnectorState]
    """By state, of all for which the other conditions hold: how many each choice of a state would select."""
    conditions: Counter[Condition]
    """By condition, of those that the counts by state are of."""
    facets: Facets
    end: Place | None
    """For the next page; none: this is the last."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """How a selection is sorted, and which page of it is wanted."""

    order: Order = Order.DOCUMENT
    descending: bool = False
    after: Place | None = None
    """The end of the page before."""
    start: int = 0
    """Connectors to pass over."""
    limit: int


class Roster:
    """Lists the connectors of one daemon."""

    def __init__(self, connectors: Callable[[], Sequence[ManagedConnector]], columns: StatusColumns) -> None:
        """`connectors` returns all of them in the order of the document."""
        self._connectors = connectors
        self._columns = columns
        self._members = _Members((), columns)

    async def page(self, selection: Selection, listing: Listing, among: Among | None = None) -> Page:
        """A page of those of the connectors that a selection selects."""
        if self._members.revision != self._columns.revision:
            self._members = _Members(self._connectors(), self._columns)
        members, now = self._members, _Moment(self._columns, listing.order)
        services = await members.services()
        of_others = msgspec.structs.replace(selection.by_configuration, service=None)
        configured = int.from_bytes(await members.selected(of_others, among), "little")
        of_service = EVERY_ROW if selection.service is None else services.get(selection.service, 0)
        masks = StatusMasks(now.states, now.conditions, now.failure_kinds, selection)
        found = configured & of_service & masks.condition & masks.failure_kind
        conditions = counted(Condition, now.conditions, found)
        facets = masks.facets(configured, of_service, services)
        found &= masks.state
        await trio.lowlevel.checkpoint()
        sorting = Sorting(
            chosen=found.to_bytes(len(now.states), "little"),
            total=found.bit_count(),
            values=now.values,
            ties=await members.ties(listing.order),
            descending=listing.descending,
        )
        start = listing.start
        if (after := listing.after) is not None:
            place, is_listed = members.place_of(after, sorting.ties)
            start += await position_after(sorting, after.value, place, is_listed=is_listed)
        rows = await rows_between(sorting, start, start + listing.limit)
        is_last = not rows or start + len(rows) >= sorting.total
        return Page(
            connectors=[members.of_row(row) for row in rows],
            total=sorting.total,
            counts=Counter(facets.states),
            conditions=Counter(conditions),
            facets=facets,
            end=None if is_last else members.end_at(rows[-1], sorting),
        )


class _Moment:
    """The columns that a page is made from, as they are now."""

    def __init__(self, columns: StatusColumns, order: Order) -> None:
        self.states, self.conditions = bytes(columns.states), bytes(columns.conditions)
        self.failure_kinds = bytes(columns.failure_kinds)
        self.values: Sequence[float] | None = None
        match order:
            case Order.STATE:
                self.values = self.states.translate(_BY_LABEL)
            case Order.CONDITION:
                self.values = self.conditions.translate(_CONDITION_BY_LABEL)
            case Order.FAILED_FIRST:
                self.values = self.states.translate(_NOT_FAILED)
            case Order.LAST_ATTEMPT:
                self.values = columns.last_attempt[:]
            case Order.LAST_SUCCESS:
                self.values = columns.last_success[:]
            case Order.LAST_FAILURE:
                self.values = columns.last_failure[:]
            case Order.RESTARTS:
                self.values = columns.restarts[:]


class _Members:
    """The connectors of a daemon, while nothing changes their configuration."""

    def __init__(self, connectors: Sequence[ManagedConnector], columns: StatusColumns) -> None:
        self.revision = columns.revision
        self._connectors = connectors
        self._as_in_document = Ties([each.row for each in connectors], len(columns.states))
        self._by_name: Ties | None = None
        self._services: dict[str, int] | None = None
        self._selected: OrderedDict[tuple[Selection, Among | None], bytes] = OrderedDict()

    def of_row(self, row: int) -> ManagedConnector:
        """The connector of a row."""
        return self._connectors[self._as_in_document.places[row]]

    async def ties(self, order: Order) -> Ties:
        """The order of connectors with equal values: by name, or as in the document."""
        if order in (Order.DOCUMENT, Order.FAILED_FIRST):
            return self._as_in_document
        if self._by_name is None:
            names = [each.name for each in self._connectors]
            in_order = await _sorted(list(zip(names, self._as_in_document.rows, strict=True)))
            self._by_name = Ties([row for _, row in in_order], len(self._as_in_document.places))
        return self._by_name

    async def services(self) -> Mapping[str, int]:
        """By service the mask of its connectors, in the order of the document."""
        if self._services is None:
            columns: dict[str, bytearray] = {}
            for start in range(0, len(self._connectors), SLICE):
                rows = self._as_in_document.rows[start : start + SLICE]
                for row, each in zip(rows, self._connectors[start : start + SLICE], strict=True):
                    if (column := columns.get(each.service)) is None:
                        column = columns[each.service] = bytearray(len(self._as_in_document.places))
                    column[row] = 1
                await trio.lowlevel.checkpoint()
            self._services = {marker: int.from_bytes(column, "little") for marker, column in columns.items()}
        return self._services

    def end_at(self, row: int, sorting: Sorting) -> Place:
        """The end of a page whose last connector has this row."""
        value = 0.0 if sorting.values is None else float(sorting.values[row])
        return Place(value, self.of_row(row).name, sorting.ties.places[row])

    def place_of(self, end: Place, ties: Ties) -> tuple[int, bool]:
        """The place among `ties` of the connector that a page ended at; with false, of the next, because it is gone."""
        if ties is self._by_name:
            place = bisect_left(ties.rows, end.name, key=lambda row: self.of_row(row).name)
            return place, place < len(ties.rows) and self.of_row(ties.rows[place]).name == end.name
        place = next((at for at, each in enumerate(self._connectors) if each.name == end.name), -1)
        return (place, True) if place >= 0 else (max(0, min(end.number, len(ties.rows))), False)

    async def selected(self, selection: Selection, among: Among | None) -> bytes:
        """By row: 1 for those that a selection by configuration selects among these."""
        key = (selection, among)
        if (found := self._selected.pop(key, None)) is None:
            found = await self._select(selection, among)
        self._selected[key] = found
        if len(self._selected) > KEPT:
            self._selected.popitem(last=False)
        return found

    async def _select(self, selection: Selection, among: Among | None) -> bytes:
        found = bytearray(len(self._as_in_document.places))
        for start in range(0, len(self._connectors), SLICE):
            rows = self._as_in_document.rows[start : start + SLICE]
            for row, each in zip(rows, self._connectors[start : start + SLICE], strict=True):
                found[row] = selection.is_for(each) and (among is None or among(each.name))
            await trio.lowlevel.checkpoint()
        return bytes(found)


async def _sorted(items: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The items in order; slices are sorted first, and then merged two by two."""
    runs = [sorted(items[start : start + SLICE]) for start in range(0, len(items), SLICE)]
    while len(runs) > 1:
        merged = []
        for first in range(0, len(runs), 2):
            merged.append(sorted(chain.from_iterable(runs[first : first + 2])))
            await trio.lowlevel.checkpoint()
        runs = merged
    return runs[0] if runs else []
