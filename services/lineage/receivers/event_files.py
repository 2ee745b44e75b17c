"""Reads events from a file, which is one document or has a line for each event. All functions block."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

import msgspec

from services.lineage.intake.receiving import split_list
from services.lineage.openlineage.events import without_mark
from services.metadata.stored_names import stored_name

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Maximum size in bytes of a document. A larger file is read line by line."""
LARGEST_LINE = 16 * 1024 * 1024
CHUNK = 4 * 1024 * 1024
"""Approximate size, in bytes, of the events that are read together."""
LINES = (".jsonl", ".ndjson")


class FileMark(msgspec.Struct, omit_defaults=True):
    """The state of a file, and the number of bytes received from it."""

    size: int
    modified: int
    """Time of the last change, in nanoseconds."""
    inode: int
    done: int = 0
    """Number of received bytes."""
    is_lines: bool = False
    """True if the file has a line for each event, and may grow."""

    def is_same(self, other: "FileMark") -> bool:
        """True if the file has not been changed."""
        return (self.size, self.modified, self.inode) == (other.size, other.modified, other.inode)


class EventsRead(msgspec.Struct):
    """Events from a file, and the place up to which the file has been read."""

    events: list[bytes]
    mark: FileMark
    is_end: bool
    """True if the file currently contains nothing more."""


def files_in(folder: Path) -> dict[str, FileMark]:
    """The files of a folder with their current states, by stored name; raises `OSError`.

    Hidden and temporary files are left out.
    """
    found: dict[str, FileMark] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith((".tmp", ".part", "~")):
                continue
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found[stored_name(entry.name)] = FileMark(status.st_size, status.st_mtime_ns, status.st_ino)
    return dict(sorted(found.items(), key=lambda each: (each[1].modified, each[0])))


def read_events(path: Path, now: FileMark, before: FileMark | None, *, is_settled: bool) -> EventsRead:
    """The next events of a file with the state `now`, of which the part recorded in `before` has been received.

    An incomplete file has none, unless it is settled, which means that it is no longer written. Raises `OSError`.
    """
    mark = msgspec.structs.replace(now)
    if before is not None and before.is_lines and before.inode == now.inode and before.done <= now.size:
        mark.done, mark.is_lines = before.done, True
    with _opened(path) as file:
        if mark.done or path.suffix in LINES or now.size > LARGEST_DOCUMENT or _has_lines(file):
            mark.is_lines = True
            return _lines(file, mark, is_settled=is_settled)
        return _document(file.read(LARGEST_DOCUMENT + 1), mark, is_settled=is_settled)


def _document(content: bytes, mark: FileMark, *, is_settled: bool) -> EventsRead:
    """The events of a file that is one JSON value: an event or a list of events."""
    content = without_mark(content)
    try:
        if content.lstrip()[:1] == b"[":
            events = split_list(content)
        else:
            msgspec.json.decode(content)
            events = [content]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        events = [content] if is_settled and content.strip() else []
        mark.done = mark.size if is_settled else 0
    else:
        mark.done = mark.size
    return EventsRead(events, mark, is_end=True)


def _lines(file: BufferedReader, mark: FileMark, *, is_settled: bool) -> EventsRead:
    """The next lines. The last one counts if it is terminated, is a JSON value, or the file is settled."""
    events: list[bytes] = []
    file.seek(mark.done)
    size = 0
    while size < CHUNK:
        line = file.readline(LARGEST_LINE)
        is_whole = line.endswith(b"\n") or len(line) == LARGEST_LINE
        if not line or not (is_whole or is_settled or _is_json(line)):
            return EventsRead(events, mark, is_end=True)
        mark.done += len(line)
        size += len(line)
        if line.strip():
            events.append(without_mark(line).strip())
    return EventsRead(events, mark, is_end=False)


def _has_lines(file: BufferedReader) -> bool:
    """True if the first line is a JSON value by itself, and another line follows."""
    first = file.readline(LARGEST_LINE)
    has_more = first.endswith(b"\n") and bool(file.read(1))
    file.seek(0)
    first = without_mark(first)
    return has_more and _is_json(first) and first.lstrip()[:1] == b"{"


def _is_json(content: bytes) -> bool:
    try:
        msgspec.json.decode(without_mark(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file: opening another kind could block for ever, and a link could lead out of the folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path.name} is not a regular file")
        yield file
