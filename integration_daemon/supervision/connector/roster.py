"""Lists of a daemon's connectors: a sorted page of the selected connectors, and counts of all selected connectors.

A page is computed from a snapshot of the columns, so that its counts and its connectors agree. Selections by
configuration (a service, a label, a text) are cached until the configuration changes.
"""

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import trio

from integration_daemon.supervision.connector.columns import StatusColumns
from integration_daemon.supervision.connector.facets import (
    STATUSES,
    Facets,
    Status,
    counted,
    facets_of,
    selected_statuses,
)
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.ordering import Sorting, Ties, table_of
from integration_daemon.supervision.connector.selection import SLICE, Order, Selection
from integration_daemon.supervision.connector.state import ConnectorState

SELECTIONS_CACHED = 16
"""Cached selections by configuration; each takes about one byte for each connector."""

Among = Callable[[str], bool]
"""True for the name of a connector that a caller may see."""


def _ranks(key: Callable[[Status], Any]) -> bytes:
    """The table for `bytes.translate` from the numbers of statuses to their ranks by a key."""
    ranks, in_order = bytearray(256), sorted({key(status) for status in STATUSES.values()})
    for number, status in STATUSES.items():
        ranks[number] = in_order.index(key(status))
    return bytes(ranks)


_BY_STATE = _ranks(lambda status: status.state.label)
_BY_CONDITION = _ranks(lambda status: status.condition.label)
_FAILED_FIRST = _ranks(lambda status: status.state is not ConnectorState.FAILED)


class PageEnd(msgspec.Struct, frozen=True, array_like=True):
    """The end of a page: its last connector, after which the next page begins, even if the connector is gone."""

    value: float
    """The connector's value in the sort order."""
    name: str
    number: int
    """The connector's place in the order of connectors with equal values."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the connectors that a selection selects."""

    connectors: Sequence[ManagedConnector]
    total: int
    """The number of selected connectors."""
    counts: Counter[ConnectorState]
    """The numbers of connectors by state that meet the conditions other than the one on the state."""
    conditions: Counter[Condition]
    """The numbers of the same connectors by condition."""
    facets: Facets
    end: PageEnd | None
    """The end of this page, for the next one; `None` on the last page."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The order of a list, and the page to return."""

    order: Order = Order.DOCUMENT
    descending: bool = False
    after: PageEnd | None = None
    """The end of the previous page."""
    start: int = 0
    """Connectors to skip."""
    limit: int


class Roster:
    """Lists the connectors of one daemon."""

    def __init__(self, connectors: Callable[[], Sequence[ManagedConnector]], columns: StatusColumns) -> None:
        """`connectors` returns all of them in the order of the document."""
        self._connectors = connectors
        self._columns = columns
        self._members = _Members((), columns)

    async def page(self, selection: Selection, listing: Listing, among: Among | None = None) -> Page:
        """A page of the selected connectors."""
        if self._members.revision != self._columns.revision:
            self._members = _Members(self._connectors(), self._columns)
        members, statuses = self._members, bytes(self._columns.statuses)
        values = _values_of(self._columns, statuses, listing.order)
        services = await members.services()
        of_others = msgspec.structs.replace(selection.by_configuration, service=None)
        configured = int.from_bytes(statuses, "little") & await members.selected(of_others, among)
        of_service = configured if selection.service is None else configured & services.get(selection.service, 0)
        chosen, wanted = of_service.to_bytes(len(statuses), "little"), table_of(selected_statuses(selection))
        ties = await members.ties(listing.order)
        sorting = Sorting(chosen.translate(wanted), values, ties, descending=listing.descending)
        found = sorting.chosen
        if selection.service is not None:
            found = int.from_bytes(configured.to_bytes(len(statuses), "little").translate(wanted), "little")
        by_service = {marker: (found & mask).bit_count() for marker, mask in services.items()}
        facets, conditions = facets_of(selection, counted(chosen), by_service)
        await trio.lowlevel.checkpoint()
        start = listing.start
        if (after := listing.after) is not None:
            place, is_listed = members.place_of(after, sorting.ties)
            start += await sorting.position_after(after.value, place, is_listed=is_listed)
        rows = await sorting.rows_between(start, start + listing.limit)
        is_last = not rows or start + len(rows) >= sorting.total
        return Page(
            connectors=[members.of_row(row) for row in rows],
            total=sorting.total,
            counts=Counter(facets.states),
            conditions=conditions,
            facets=facets,
            end=None if is_last else members.end_at(rows[-1], sorting),
        )


def _values_of(columns: StatusColumns, statuses: bytes, order: Order) -> bytes:
    """The current values by which an order sorts; empty for an order without values."""
    match order:
        case Order.STATE:
            return statuses.translate(_BY_STATE)
        case Order.CONDITION:
            return statuses.translate(_BY_CONDITION)
        case Order.FAILED_FIRST:
            return statuses.translate(_FAILED_FIRST)
        case Order.LAST_ATTEMPT:
            return columns.last_attempt.tobytes()
        case Order.LAST_SUCCESS:
            return columns.last_success.tobytes()
        case Order.LAST_FAILURE:
            return columns.last_failure.tobytes()
        case Order.RESTARTS:
            return columns.restarts.tobytes()
        case _:
            return b""


class _Members:
    """The connectors of a daemon, valid until the revision of the columns changes."""

    def __init__(self, connectors: Sequence[ManagedConnector], columns: StatusColumns) -> None:
        self.revision = columns.revision
        self._connectors = connectors
        self._size = len(columns.statuses)
        self._as_in_document = Ties([each.row for each in connectors], self._size)
        self._by_name: Ties | None = None
        self._services: dict[str, int] | None = None
        self._selected: OrderedDict[tuple[Selection, Among | None], int] = OrderedDict()

    def of_row(self, row: int) -> ManagedConnector:
        """The connector of a row."""
        return self._connectors[self._as_in_document.place_of(row)]

    async def ties(self, order: Order) -> Ties:
        """The order of connectors with equal values: by name, or as in the document."""
        if order in (Order.DOCUMENT, Order.FAILED_FIRST):
            return self._as_in_document
        if self._by_name is None:
            names = {each.row: each.name for each in self._connectors}
            self._by_name = Ties(await _sorted(self._as_in_document.rows, names.__getitem__), self._size)
        return self._by_name

    async def services(self) -> Mapping[str, int]:
        """The masks of the connectors of each service, 255 in the byte of each, in the order of the document."""
        if self._services is None:
            columns: dict[str, bytearray] = {}
            for start in range(0, len(self._connectors), SLICE):
                rows = self._as_in_document.rows[start : start + SLICE]
                for row, each in zip(rows, self._connectors[start : start + SLICE], strict=True):
                    if (column := columns.get(each.service)) is None:
                        column = columns[each.service] = bytearray(self._size)
                    column[row] = 255
                await trio.lowlevel.checkpoint()
            self._services = {marker: int.from_bytes(column, "little") for marker, column in columns.items()}
        return self._services

    def end_at(self, row: int, sorting: Sorting) -> PageEnd:
        """The end of a page whose last connector has this row."""
        return PageEnd(sorting.value_of(row), self.of_row(row).name, sorting.ties.place_of(row))

    def place_of(self, end: PageEnd, ties: Ties) -> tuple[int, bool]:
        """The place in `ties` of a page's last connector, and true; of its successor, and false, if it is gone."""
        if ties is self._by_name:
            place = bisect_left(ties.rows, end.name, key=lambda row: self.of_row(row).name)
            return place, place < len(ties.rows) and self.of_row(ties.rows[place]).name == end.name
        place = next((at for at, each in enumerate(self._connectors) if each.name == end.name), -1)
        return (place, True) if place >= 0 else (max(0, min(end.number, len(ties.rows))), False)

    async def selected(self, selection: Selection, among: Among | None) -> int:
        """The mask, 255 in each byte, of the connectors in `among` that meet the conditions on the configuration."""
        key = (selection, among)
        if (found := self._selected.pop(key, None)) is None:
            found = await self._select(selection, among)
        self._selected[key] = found
        if len(self._selected) > SELECTIONS_CACHED:
            self._selected.popitem(last=False)
        return found

    async def _select(self, selection: Selection, among: Among | None) -> int:
        found = bytearray(self._size)
        for start in range(0, len(self._connectors), SLICE):
            rows = self._as_in_document.rows[start : start + SLICE]
            for row, each in zip(rows, self._connectors[start : start + SLICE], strict=True):
                found[row] = 255 if selection.is_for(each) and (among is None or among(each.name)) else 0
            await trio.lowlevel.checkpoint()
        return int.from_bytes(found, "little")


async def _sorted(rows: Sequence[int], key: Callable[[int], str]) -> list[int]:
    """The rows sorted by a key; slices are sorted first, and then merged two by two."""
    runs = [sorted(rows[start : start + SLICE], key=key) for start in range(0, len(rows), SLICE)]
    while len(runs) > 1:
        merged = []
        for first in range(0, len(runs), 2):
            merged.append(sorted(chain.from_iterable(runs[first : first + 2]), key=key))
            await trio.lowlevel.checkpoint()
        runs = merged
    return runs[0] if runs else []
