"""Parts of long sorted lists: what is found without sorting all rows is what sorting all rows finds."""

import random
from array import array
from collections.abc import Callable

import pytest
import trio

from integration_daemon.supervision.connector import ordering
from integration_daemon.supervision.connector.ordering import Sorting, Ties

ROWS = 6_000
NONE = -1.0
NOW = 1_790_000_000.0

VALUES: dict[str, Callable[[random.Random, int], float]] = {
    "times of the last seconds": lambda chance, row: NOW - chance.random() * 10,
    "times of many days": lambda chance, row: NOW - chance.random() * 1e6,
    "times in the order of the rows": lambda chance, row: NOW + row / 1000,
    "few with a value": lambda chance, row: NOW - row if row % 50 == 0 else NONE,
    "few without a value": lambda chance, row: NONE if row % 50 == 0 else NOW - row,
    "all the same": lambda chance, row: 0.0,
    "none with a value": lambda chance, row: NONE,
    "small numbers": lambda chance, row: float(chance.randrange(3)),
    "one that is greater": lambda chance, row: float(row == 7),
}


@pytest.fixture(params=["rough guesses", "usual guesses"], autouse=True)
def guesses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses from so few rows that several follow each other, and some are wrong; or the usual ones."""
    if request.param == "rough guesses":
        for name, value in (("SORTED", 110), ("SAMPLED", 20), ("MARGIN", 1), ("FEW", 2)):
            monkeypatch.setattr(ordering, name, value)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("every", [1, 3, 10])
@pytest.mark.parametrize("descending", [False, True])
async def test_parts_of_a_long_list_are_those_of_the_sorted_list(kind: str, every: int, descending: bool) -> None:
    chance = random.Random(kind)
    values = [VALUES[kind](chance, row) for row in range(ROWS)]
    order = chance.sample(range(ROWS), ROWS)
    ties = Ties(order, ROWS)
    chosen = bytes(row % every == 0 for row in range(ROWS))
    sorting = Sorting(chosen, array("d", values).tobytes(), ties, descending=descending)
    by_tie = [row for row in (order[::-1] if descending else order) if chosen[row]]
    expected = sorted((row for row in by_tie if values[row] >= 0), key=values.__getitem__, reverse=descending)
    expected += [row for row in by_tie if values[row] < 0]

    assert sorting.total == len(expected)
    for start in (0, 1, 100, len(expected) // 3, len(expected) - 150, len(expected) - 1, len(expected)):
        with trio.fail_after(10):
            found = await sorting.rows_between(start, start + 100)
        assert found == expected[start : start + 100]
        if found:
            last = found[-1]
            value, place = sorting.value_of(last), ties.place_of(last)
            assert await sorting.position_after(value, place, is_listed=True) == start + len(found)
