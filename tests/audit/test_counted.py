"""Numbers with their nouns."""

import pytest

from audit.counted import counted


@pytest.mark.parametrize(
    ("number", "plural", "text"),
    [(1, "", "1 entry"), (1, "entries", "1 entry"), (0, "entries", "0 entries"), (1200, "entries", "1,200 entries")],
)
def test_one_thing_is_told_in_the_singular(number: int, plural: str, text: str) -> None:
    assert counted(number, "entry", plural) == text
