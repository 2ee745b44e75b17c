"""Rows of a query of a database's own catalogue."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

Row = tuple[Any, ...]


def grouped(rows: Iterable[Row], *columns: int) -> dict[Any, list[Row]]:
    """The rows by the value of a column, or the values of several, in their order."""
    key = itemgetter(*columns)
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
