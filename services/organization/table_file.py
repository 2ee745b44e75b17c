"""Reading a table from a CSV file: rows with their line numbers, and an error for an incomplete file."""

import csv
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TextIO

import msgspec

LONGEST_LINE = 1_000_000
"""Maximum number of characters in a line."""


class FileNotWholeError(Exception):
    """The file is truncated, has no header, or is not CSV, so missing rows do not mean that people have left."""


class FileChangedError(Exception):
    """The file was written while it was read."""


class Row(msgspec.Struct, frozen=True):
    """A row of a table."""

    line: int
    """The number of its last line."""
    values: Mapping[str, str]
    """The values by column, without empty values."""
    problem: str = ""
    """The reason why the row is invalid; empty if it is valid."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a table."""

    columns: Mapping[str, str]
    """The column name for each header."""
    required: str
    delimiter: str = ","


def rows_of(path: str, layout: Layout) -> Iterator[Row]:
    """Yield the rows of a file. Blocks.

    Raises `OSError`, `FileNotWholeError` or `FileChangedError`.
    """
    with open(path, encoding="utf-8-sig", newline="", opener=_opened) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise FileNotWholeError("it is not a file but something else, such as a pipe or a device")
        try:
            yield from _rows(file, layout, ends_in_line_end=_ends_in_line_end(path, before.st_size))
        except UnicodeDecodeError as error:
            raise FileNotWholeError(f"it is not in UTF-8 (byte {error.start} of a block: {error.reason})") from None
    after = os.stat(path)
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
        raise FileChangedError


def _rows(file: TextIO, layout: Layout, *, ends_in_line_end: bool) -> Iterator[Row]:
    reader = csv.reader(_lines(file), strict=True, delimiter=layout.delimiter)
    try:
        columns = _columns(next(reader, []), layout)
        problem: Row | None = None
        for fields in reader:
            if problem is not None:
                yield problem
                problem = None
            if not fields:
                continue
            if len(fields) == len(columns):
                values = {name: text.strip() for name, text in zip(columns, fields, strict=True) if name}
                yield Row(reader.line_num, {name: text for name, text in values.items() if text})
            else:
                reason = f"it has {len(fields)} fields, and the header has {len(columns)}"
                problem = Row(reader.line_num, {}, reason)
        if problem is not None:
            if not ends_in_line_end:
                raise FileNotWholeError(f"it is cut off in line {problem.line}, of which {problem.problem}")
            yield problem
    except csv.Error as error:
        raise FileNotWholeError(f"line {reader.line_num}: {error}") from None


def _opened(path: str, flags: int) -> int:
    """Open a path, which may be a pipe, without waiting for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file; a too long line is not read to its end."""
    for number in count(1):
        line = file.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise FileNotWholeError(f"its line {number} is longer than {LONGEST_LINE:,} characters")
        yield line


def _columns(header: Sequence[str], layout: Layout) -> list[str]:
    """The names of the columns; empty for an unknown column."""
    known = {_normal(name): ours for name, ours in layout.columns.items()}
    found = [known.get(_normal(name), "") for name in header]
    ours = [name for name in found if name]
    if layout.required not in ours:
        wanted = next(name for name, column in layout.columns.items() if column == layout.required)
        raise FileNotWholeError(f"its first line is no header: it names no column {wanted!r}")
    if twice := sorted({name for name in ours if ours.count(name) > 1}):
        raise FileNotWholeError(f"its header names {', '.join(twice)} twice")
    return found


def _normal(name: str) -> str:
    """The name in lower case, without spaces, hyphens and underscores, which are ignored in comparisons."""
    return "".join(character for character in name.lower() if character not in " _-")


def _ends_in_line_end(path: str, size: int) -> bool:
    if size == 0:
        return False
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) in (b"\n", b"\r")
