"""Groups the rows of a query on a system catalogue."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

Row = tuple[Any, ...]


def grouped(rows: Iterable[Row], *columns: int) -> dict[Any, list[Row]]:
    """The rows by the values of one or more columns, in order."""
    key = itemgetter(*columns)
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
