"""Tables that fit the terminal: less important columns are dropped before words are broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

FRAME = 3
"""Characters of the frame per column; the table takes one more."""


@dataclass(frozen=True)
class Column:
    """A column, with its behaviour in a table that is too wide."""

    heading: str
    keep: int | None = None
    """Priority: columns with the lowest number are dropped first; a column without a number is never dropped."""
    wraps: bool = False
    """True for cells that may take several lines, such as prose and paths; others take one."""
    least: int = 24
    """Least width of a column that wraps, in characters."""


@dataclass(frozen=True)
class _Measured:
    """A column with the widths that its cells need."""

    column: Column
    at: int
    widest: int

    @property
    def natural(self) -> int:
        """The width at which no cell is wrapped."""
        return max(cell_len(self.column.heading), self.widest)

    @property
    def narrowest(self) -> int:
        """The smallest width at which no word is broken."""
        heading = max((cell_len(word) for word in self.column.heading.split()), default=0)
        return max(heading, min(self.widest, self.column.least) if self.column.wraps else self.widest)


def table_of(columns: Sequence[Column], rows: Sequence[Sequence[Text]], *, width: int) -> Table:
    """A table that is at most `width` characters wide. Empty columns are left out."""
    measured = [
        _Measured(column, at, max(cell_len(row[at].plain) for row in rows)) for at, column in enumerate(columns)
    ]
    shown = _fitting([each for each in measured if each.widest], width)
    table = Table()
    for each, wide in zip(shown, _widths(shown, width), strict=True):
        table.add_column(each.column.heading, overflow="fold", width=wide)
    for row in rows:
        table.add_row(*(row[each.at] for each in shown))
    return table


def _fitting(columns: list[_Measured], width: int) -> list[_Measured]:
    shown = list(columns)
    while sum(each.narrowest for each in shown) > _room(shown, width):
        less = [each for each in shown if each.column.keep is not None]
        if not less:
            break
        shown.remove(min(less, key=lambda each: each.column.keep or 0))
    return shown


def _widths(columns: Sequence[_Measured], width: int) -> list[int]:
    """The widths of the columns: the narrowest of each, plus an equal share of the remaining width, if needed."""
    left = _room(columns, width) - sum(each.narrowest for each in columns)
    widths = {each.at: each.narrowest for each in columns}
    hungry = sorted(columns, key=lambda each: each.natural - each.narrowest)
    for number, each in enumerate(hungry):
        more = min(each.natural - each.narrowest, max(0, left) // (len(hungry) - number))
        widths[each.at] += more
        left -= more
    return [widths[each.at] for each in columns]


def _room(columns: Sequence[_Measured], width: int) -> int:
    return width - FRAME * len(columns) - 1
