"""Output of answers: tables for people, one JSON document on standard output for programs."""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.text import Text

from audit.invisible import escaped_json, one_line
from integration_daemon.cli.table import Column, table_of

UNBOUNDED = 100_000
"""The width of output to a pipe, in characters."""

STATE_STYLES = {
    "WAITING": "green",
    "ENGAGED": "green",
    "REFRESHING": "cyan",
    "FAILED": "bold red",
    "PAUSED": "yellow",
    "STOPPED": "dim",
    "HEALTHY": "green",
    "DEGRADED": "yellow",
    "STALE": "bold red",
}


def print_json(value: object) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.write(escaped_json(msgspec.json.format(msgspec.json.encode(value), indent=2)).decode() + "\n")


def print_json_lines(values: Iterable[object]) -> None:
    """Write a JSON document per line, and flush."""
    for value in values:
        sys.stdout.write(escaped_json(msgspec.json.encode(value)).decode() + "\n")
    sys.stdout.flush()


def print_table(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], *, title: str = "", empty: str = "nothing to show"
) -> None:
    """Print a table that fits the terminal, or the text `empty` without rows; values are text, never markup."""
    out, cells = console(), cells_of(rows)
    if not cells:
        out.print(Text(empty))
        return
    if title:
        out.print(Text(title, style="bold"))
    out.print(table_of(columns, cells, width=out.width))


def cells_of(rows: Iterable[Sequence[object]]) -> list[list[Text]]:
    """Values as the cells of a table."""
    return [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in rows]


class Output(Console):
    """Standard output, which raises `BrokenPipeError` when its reader closes the pipe."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output; the width of output to a pipe is limited only if `COLUMNS` is set."""
    to_terminal = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Output(width=None if to_terminal else UNBOUNDED, highlight=False)


def plain(value: object) -> str:
    """A value in one line, with invisible characters escaped, which a file name may have."""
    return "" if value is None else one_line(str(value))


def state_text(state: str) -> Text:
    """A state or condition in its colour."""
    return Text(state, style=STATE_STYLES.get(state, ""))


def when(time: str | datetime | None) -> str:
    """A time of the API in the terminal's time zone; empty without a time."""
    if not time:
        return ""
    known = datetime.fromisoformat(time) if isinstance(time, str) else time
    return known.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ago(text: str | None) -> str:
    """The distance of a time of the API from now: `3 min ago` or `in 20 s`."""
    if not text:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    amount, unit = abs(seconds), "s"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if amount >= size:
            amount, unit = amount / size, name
            break
    return f"{amount:.0f} {unit} ago" if seconds >= 0 else f"in {amount:.0f} {unit}"
