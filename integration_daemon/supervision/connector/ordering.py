"""A part of a sorted list without sorting all of it: only rows near the part are compared with each other.

Each row has a key: its value, and then its place among rows of equal values, in bytes that sort in the same order. All
rows are compared with one key at once, byte by byte: a translation table marks the greater and the equal bytes of a
whole column. This takes a hundredth of the time of a loop over the rows. A selection of rows is one large number, with
1 in the byte of each selected row.
"""

import re
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import compress
from math import gcd, isqrt

import trio

SORTED = 2_000
"""Rows that are sorted at most; of more rows, those far from the part are left out first."""
SAMPLED = 1_000
"""Size of the sample of keys from which the limits of the part are estimated."""
MARGIN = 8
"""Sampled rows by which the estimate is wider than the part, at least. A wrong estimate is repeated, and wider."""
FEW = 256
"""Rows that a comparison need not separate from the rows near the part, since all of these are sorted."""

_PERIOD = 10
"""Period of selections by names with numbers; a sampling step with a common factor would miss their rows."""
_MOST_SIGNIFICANT_FIRST = -1 if sys.byteorder == "little" else 1
"""The step through the bytes of a value."""


class Ties:
    """The order of rows with equal values."""

    def __init__(self, rows: Sequence[int], size: int) -> None:
        self.rows = rows
        """All rows in this order."""
        places = array("I", bytes(4 * size))
        for place, row in enumerate(rows):
            places[row] = place
        if sys.byteorder == "little":
            places.byteswap()
        self.keys = places.tobytes()
        """The place of each row in the order, in four bytes."""

    def place_of(self, row: int) -> int:
        """The place of a row in the order."""
        return int.from_bytes(self.keys[4 * row : 4 * row + 4], "big")


class Sorting:
    """The rows to list, and their order. A row without a value, which is below zero, comes last."""

    def __init__(self, chosen: bytes, values: bytes, ties: Ties, *, descending: bool = False) -> None:
        """`chosen` has a byte for each row, 1 for a row to list; `values` has the values of all rows.

        A value is a byte, or the eight bytes of a float; without values all rows are equal. With `descending` the
        greatest value comes first, and rows of equal values are in reverse order.
        """
        self.chosen = int.from_bytes(chosen, "little")
        self.total = self.chosen.bit_count()
        """The number of rows to list."""
        self.ties = ties
        self._size = len(chosen)
        self._values = values
        self._columns: dict[int, bytes] = {}
        self._width = len(values) // self._size if self._size else 0
        self._descending = descending

    def value_of(self, row: int) -> float:
        """The value of a row."""
        if self._width == 8:
            value: float = struct.unpack_from("d", self._values, 8 * row)[0]
            return value
        return float(self._values[row]) if self._width else 0.0

    async def rows_between(self, start: int, end: int) -> list[int]:
        """The rows from one position of the list to another."""
        end = min(end, self.total)
        if start >= end:
            return []
        if not self._descending:
            return await self._between(start, end)
        having = self.total - self._lacking()
        found: list[int] = []
        if start < having:
            found = (await self._between(max(having - end, 0), having - start))[::-1]
        if end > having:
            behind = self.total + having
            found += (await self._between(behind - end, min(behind - start, self.total)))[::-1]
        return found

    async def position_after(self, value: float, place: int, *, is_listed: bool) -> int:
        """The position that follows a value and a place in the order of ties.

        `is_listed`: the row of this place has been listed already.
        """
        key = self._key_of(value, place + (is_listed and not self._descending))
        following = self._not_below(key, self.chosen).bit_count()
        await trio.lowlevel.checkpoint()
        if not self._descending:
            return self.total - following
        lacking = self._lacking()
        return following - lacking if value >= 0.0 else self.total - lacking + following

    def _lacking(self) -> int:
        """The number of rows to list without a value. They come last by key, since -1 begins with 0xBF."""
        if self._width < 8 or self._column(0).isascii():
            return 0
        return self._not_below(b"\x80", self.chosen).bit_count()

    def _key(self, row: int) -> bytes:
        width = self._width
        value = self._values[row * width : (row + 1) * width]
        return value[::_MOST_SIGNIFICANT_FIRST] + self.ties.keys[4 * row : 4 * row + 4]

    def _key_of(self, value: float, place: int) -> bytes:
        first = b""
        if self._width:
            first = struct.pack(">d", value) if self._width == 8 else bytes((max(0, min(int(value), 255)),))
        return first + place.to_bytes(4, "big")

    def _column(self, place: int) -> bytes:
        """The bytes of all rows for one place in the key."""
        if (column := self._columns.get(place)) is None:
            if place >= self._width:
                column = self.ties.keys[place - self._width :: 4]
            else:
                start = self._width - 1 - place if sys.byteorder == "little" else place
                column = self._values[start :: self._width]
            self._columns[place] = column
        return column

    def _not_below(self, key: bytes, among: int, few: int = 0) -> int:
        """The rows in `among` whose keys are not below `key`, and at most `few` others."""
        above, equal = 0, among
        for place, byte in enumerate(key):
            column = self._column(place)
            if column.count(byte) == self._size:
                continue
            compared = int.from_bytes(column.translate(bytes(byte) + b"\1" + b"\2" * (255 - byte)), "little")
            above |= (compared >> 1) & equal
            equal &= compared
            if equal.bit_count() <= few:
                break
        return above | equal

    async def _between(self, start: int, end: int) -> list[int]:
        """The rows from one position to another, in ascending order of keys."""
        near, count, below, wider = self.chosen, self.total, 0, 1
        while count > SORTED:
            sample = self._sample(near, count)
            first, last = (start - below) * len(sample) // count, (end - below) * len(sample) // count
            margin = (3 * isqrt(first * (len(sample) - first) // max(len(sample), 1)) + MARGIN) * wider
            nearer = near
            if first > margin:
                nearer = self._not_below(sample[first - margin], near, FEW)
            left_out = count - nearer.bit_count()
            if last + margin < len(sample):
                nearer ^= self._not_below(sample[last + margin], nearer, FEW)
            await trio.lowlevel.checkpoint()
            left = nearer.bit_count()
            if start < below + left_out or end > below + left_out + left:
                wider *= 4
                continue
            if left == count:
                break
            near, count, below = nearer, left, below + left_out
        rows = [match.start() for match in re.finditer(b"\1", near.to_bytes(self._size, "little"))]
        return sorted(rows, key=self._key)[start - below : end - below]

    def _sample(self, among: int, count: int) -> list[bytes]:
        """The sorted keys of a sample of the rows in `among`."""
        step = max(1, count // SAMPLED)
        while gcd(step, _PERIOD) > 1:
            step -= 1
        some = among.to_bytes(self._size, "little")[::step]
        return sorted(map(self._key, compress(range(0, self._size, step), some)))


def table_of(values: Iterable[int]) -> bytes:
    """The table for `bytes.translate` that maps these values to 1, and all others to 0."""
    wanted = frozenset(values)
    return bytes(value in wanted for value in range(256))
