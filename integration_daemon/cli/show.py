"""How answers are shown: a table for people, one JSON document on standard output for programs."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

STATE_STYLES = {
    "WAITING": "green",
    "ENGAGED": "green",
    "REFRESHING": "cyan",
    "FAILED": "bold red",
    "STOPPED": "dim",
}


def print_json(value: object) -> None:
    """One JSON document, on standard output alone."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table as wide as the terminal; values are text, never markup."""
    console().print(table_of(columns, rows, title=title))


def console() -> Console:
    """The terminal; what is piped on is not cut to the width of one."""
    return Console(width=None if sys.stdout.isatty() else 240)


def table_of(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """The table itself, for those who show it again and again."""
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return table


def plain(value: object) -> str:
    """A value in one line: control characters, which a file name may have, are escaped."""
    if value is None:
        return ""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in str(value))


def state_text(state: str) -> Text:
    """A state in its colour."""
    return Text(state, style=STATE_STYLES.get(state, ""))


def when(text: str | None) -> str:
    """A time of the API in the terminal's own time zone; empty for none."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ago(text: str | None) -> str:
    """How long ago a time of the API was: `3 min ago`, or how far ahead it lies: `in 20 s`."""
    if not text:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    amount, unit = abs(seconds), "s"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if amount >= size:
            amount, unit = amount / size, name
            break
    return f"{amount:.0f} {unit} ago" if seconds >= 0 else f"in {amount:.0f} {unit}"
