"""Tables fit their width, and drop columns rather than break words."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from integration_daemon.cli.table import Column, table_of

COLUMNS = (
    Column("name"),
    Column("kind", keep=2),
    Column("last success", keep=1),
    Column("what it is", wraps=True, least=12),
    Column("note", keep=0),
)
WORDS = st.text(alphabet="abcdefgh", min_size=1, max_size=12)
ROWS = st.lists(
    st.tuples(WORDS, WORDS, WORDS, st.lists(WORDS, max_size=12).map(" ".join), st.one_of(st.just(""), WORDS)),
    min_size=1,
    max_size=4,
)


def shown(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    out = Console(file=io.StringIO(), width=width)
    out.print(table_of(COLUMNS, [[Text(cell) for cell in row] for row in rows], width=width))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


@given(rows=ROWS, width=st.integers(min_value=34, max_value=200))
def test_a_table_fits_its_width_without_breaking_words(rows: Sequence[tuple[str, ...]], width: int) -> None:
    lines = shown(rows, width)
    assert max(len(line) for line in lines) <= width
    words = {word for line in lines for word in line.replace("│", " ").replace("┃", " ").split()}
    for name, _, _, prose, _ in rows:
        assert name in words
        assert set(prose.split()) <= words


@pytest.mark.parametrize(
    ("width", "seen"),
    [
        (60, ["folder", "3 min ago", "remark"]),
        (59, ["folder", "3 min ago"]),
        (51, ["folder", "3 min ago"]),
        (50, ["folder"]),
        (39, ["folder"]),
        (38, []),
    ],
)
def test_the_least_important_columns_are_dropped_first(width: int, seen: list[str]) -> None:
    table = "\n".join(shown([("a-long-name", "folder", "3 min ago", "some words on it", "remark")], width))
    assert [each for each in ("folder", "3 min ago", "remark") if each in table] == seen
    assert all(each in table for each in ("a-long-name", "some words"))


def test_a_name_wider_than_the_terminal_is_folded() -> None:
    lines = shown([("q" * 60, "folder", "now", "words", "x")], 40)
    assert max(len(line) for line in lines) <= 40
    assert sum(line.count("q") for line in lines) == 60
