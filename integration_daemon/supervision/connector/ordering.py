"""A part of a sorted list without sorting all of it: only rows near the part are compared with each other.

Rows are sorted by a value, and rows of equal values by a given order. A row without a value, which is below zero, comes
last. Each loop over a column is divided into slices, after which other tasks run.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress
from math import inf

import msgspec
import trio

SLICE = 25_000
"""Rows that are looked at before other tasks run: a millisecond."""
SAMPLED = 1_500
"""Rows by whose values it is guessed which rows are near a part."""
MARGIN = 60
"""Sampled rows by which the guess is wider than the part. It is then wrong once in a thousand times, and made again."""


class Ties:
    """The order of rows with equal values."""

    def __init__(self, rows: Sequence[int], size: int) -> None:
        self.rows = rows
        """All rows in this order."""
        self.places = array("I", bytes(4 * size))
        """By row: its place in the order."""
        for place, row in enumerate(rows):
            self.places[row] = place


class Sorting(msgspec.Struct, frozen=True):
    """The rows to list, and how they are sorted."""

    chosen: bytes
    """By row: 1 for each row to list."""
    total: int
    """The number of rows to list."""
    values: Sequence[float] | None
    """By row; `None`: all have the same."""
    ties: Ties
    descending: bool = False
    """The greatest value first, and rows of equal values in the opposite order."""


async def rows_between(sorting: Sorting, start: int, end: int) -> list[int]:
    """The rows from one position of the sorted list to another."""
    total, end = sorting.total, min(end, sorting.total)
    if start >= end:
        return []
    if sorting.values is None:
        return await _by_ties(sorting, start, end)
    if isinstance(sorting.values, bytes):
        return await _by_groups(sorting, sorting.values, start, end)
    if sorting.descending:
        return (await _between(sorting, sorting.values, total - end, total - start))[::-1]
    lacking = await _count_below(sorting, sorting.values, 0.0)
    having = total - lacking  # the rows with a value come first, although they are the last ones by value
    found: list[int] = []
    if start < having:
        found = await _between(sorting, sorting.values, lacking + start, lacking + min(end, having))
    if end > having:
        found += await _between(sorting, sorting.values, max(start - having, 0), end - having)
    return found


async def _by_ties(sorting: Sorting, start: int, end: int) -> list[int]:
    """As `rows_between`, of rows that all have the same value."""
    ties, chosen = sorting.ties, sorting.chosen
    if sorting.total <= SAMPLED:
        listed = compress(range(len(chosen)), chosen)
        return sorted(listed, key=ties.places.__getitem__, reverse=sorting.descending)[start:end]
    found: list[int] = []
    rows = ties.rows[::-1] if sorting.descending else ties.rows
    for first in range(0, len(rows), SLICE):
        some = rows[first : first + SLICE]
        found += compress(some, map(chosen.__getitem__, some))
        if len(found) >= end:
            break
        await trio.lowlevel.checkpoint()
    return found[start:end]


async def _by_groups(sorting: Sorting, values: bytes, start: int, end: int) -> list[int]:
    """As `rows_between`, where many rows have one of few values."""
    found: list[int] = []
    chosen, position = int.from_bytes(sorting.chosen, "little"), 0
    for value in sorted(set(values), reverse=sorting.descending):
        group = int.from_bytes(values.translate(table_of((value,))), "little") & chosen
        size = group.bit_count()
        if start < position + size and end > position:
            part = Sorting(group.to_bytes(len(values), "little"), size, None, sorting.ties, sorting.descending)
            found += await _by_ties(part, max(start - position, 0), min(end - position, size))
        position += size
    return found


def table_of(values: Iterable[int]) -> bytes:
    """The table for `bytes.translate` that makes these values 1, and all others 0."""
    wanted = frozenset(values)
    return bytes(value in wanted for value in range(256))


async def position_after(sorting: Sorting, value: float, place: int, *, is_listed: bool) -> int:
    """The position that follows a value and a place in the order of ties.

    `is_listed`: the row of this place is not to come again.
    """
    values, before = sorting.values, place + (is_listed and not sorting.descending)
    below = 0 if values is None else await _count_below(sorting, values, value)
    for start in range(0, before, SLICE):
        some = sorting.ties.rows[start : min(start + SLICE, before)]
        below += sum(1 for row in some if sorting.chosen[row] and (values is None or values[row] == value))
        await trio.lowlevel.checkpoint()
    if sorting.descending:
        return sorting.total - below
    lacking = 0 if values is None or isinstance(values, bytes) else await _count_below(sorting, values, 0.0)
    return below - lacking if value >= 0.0 else sorting.total - lacking + below


async def _between(sorting: Sorting, values: Sequence[float], start: int, end: int) -> list[int]:
    """As `rows_between`, of all rows by value alone, so that those without one come first."""
    near = await _near(sorting, values, *_guess(sorting, values, start, end))
    if near.below > start or near.below + len(near.rows) < end:
        near = await _near(sorting, values, -inf, inf)
    return await _part(sorting, values, near, start, end)


def _guess(sorting: Sorting, values: Sequence[float], start: int, end: int) -> tuple[float, float]:
    """The values between which the part is, very likely."""
    step = max(1, sorting.total // SAMPLED)
    sample = sorted(compress(values[::step], sorting.chosen[::step]))
    low = start * len(sample) // sorting.total - MARGIN
    high = end * len(sample) // sorting.total + MARGIN
    return sample[low] if low > 0 else -inf, sample[high] if high < len(sample) else inf


class _Near(msgspec.Struct):
    """The rows whose values are between two."""

    rows: list[int]
    sizes: Counter[float]
    """By value, how many of the rows have it."""
    below: int
    """The number of rows with lower values."""


async def _near(sorting: Sorting, values: Sequence[float], low: float, high: float) -> _Near:
    chosen = sorting.chosen
    near = _Near(rows=[], sizes=Counter(), below=0)
    for start in range(0, len(chosen), SLICE):
        listed = compress(range(start, len(chosen)), chosen[start : start + SLICE])
        found = [row for row in listed if low <= values[row] <= high]
        near.rows += found
        near.sizes.update(map(values.__getitem__, found))
        await trio.lowlevel.checkpoint()
    if low > -inf:
        near.below = await _count_below(sorting, values, low) if high < inf else sorting.total - len(near.rows)
    return near


async def _part(sorting: Sorting, values: Sequence[float], near: _Near, start: int, end: int) -> list[int]:
    """The rows from one position to another, which are among those near."""
    taken: dict[float, tuple[int, int]] = {}
    position = near.below
    for value in sorted(near.sizes):
        first, last = max(start - position, 0), min(end - position, near.sizes[value])
        if first < last:
            taken[value] = (first, last)
        position += near.sizes[value]
    few: dict[float, list[int]] = {value: [] for value in taken if near.sizes[value] <= SAMPLED}
    if few:
        for number, row in enumerate(near.rows, 1):
            if (value := values[row]) in few:
                few[value].append(row)
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()
    found: list[int] = []
    for value, (first, last) in taken.items():
        if value in few:
            found += sorted(few[value], key=sorting.ties.places.__getitem__)[first:last]
        else:
            found += await _with_value(sorting, values, value, first, last)
    return found


async def _with_value(sorting: Sorting, values: Sequence[float], value: float, first: int, last: int) -> list[int]:
    """Some of the many rows with one value, in the order of ties."""
    found: list[int] = []
    for start in range(0, len(sorting.ties.rows), SLICE):
        some = sorting.ties.rows[start : start + SLICE]
        found += [row for row in some if values[row] == value and sorting.chosen[row]]
        if len(found) >= last:
            break
        await trio.lowlevel.checkpoint()
    return found[first:last]


async def _count_below(sorting: Sorting, values: Sequence[float], value: float) -> int:
    """The number of rows with lower values."""
    count, is_lower = 0, float(value).__gt__
    for start in range(0, len(sorting.chosen), SLICE):
        some = compress(values[start : start + SLICE], sorting.chosen[start : start + SLICE])
        count += sum(map(is_lower, some))
        await trio.lowlevel.checkpoint()
    return count
