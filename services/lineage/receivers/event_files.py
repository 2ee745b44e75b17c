"""Reads events from a file, which is one document or has a line for each event. All functions block."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from zlib import crc32

import msgspec

from services.errors import InvalidParameterError
from services.lineage.intake.receiving import split_list
from services.lineage.openlineage.events import decode_event, without_mark
from services.metadata.stored_names import stored_name

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Maximum size in bytes of a document. A larger file is read line by line."""
LARGEST_LINE = 16 * 1024 * 1024
CHUNK = 4 * 1024 * 1024
"""Approximate size, in bytes, of the events that are read together."""
LINES = (".jsonl", ".ndjson")
_COMPARED = 4_096
"""Number of received bytes by which a file that has grown is told from another one in its place."""


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
    checksum: int = 0
    """Checksum of the last received bytes of such a file; 0 in marks of earlier versions."""

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
                found[stored_name(entry.name)] = _mark_of(entry.stat(follow_symlinks=False))
    return dict(sorted(found.items(), key=lambda each: (each[1].modified, each[0])))


def _mark_of(status: os.stat_result) -> FileMark:
    return FileMark(status.st_size, status.st_mtime_ns, status.st_ino)


def read_events(path: Path, before: FileMark | None, settled_after: float) -> EventsRead:
    """The next events of a file of which the part recorded in `before` has been received.

    An incomplete file has none until it has not changed for `settled_after` seconds: then it is no longer written.
    Raises `OSError`.
    """
    with _opened(path) as file:
        mark = _mark_of(os.fstat(file.fileno()))  # the file may have grown since the folder was listed
        is_settled = time.time() - mark.modified / 1e9 >= settled_after
        if before is not None and _has_grown(file, before, mark):
            mark.done, mark.is_lines = before.done, True
        if mark.done or path.suffix in LINES or mark.size > LARGEST_DOCUMENT or _has_lines(file):
            return _lines(file, mark, is_settled=is_settled)
        content = without_mark(file.read(LARGEST_DOCUMENT + 1))
        events = _events_in(content)
        if events is None and not is_settled:
            return EventsRead([], mark, is_end=True)
        if events is None and content.lstrip()[:1] != b"[" and any(map(_is_event, content.splitlines())):
            return _lines(file, mark, is_settled=is_settled)  # its first line is damaged
        mark.done = mark.size
        return EventsRead([content] if events is None and content.strip() else events or [], mark, is_end=True)


def _has_grown(file: BufferedReader, before: FileMark, now: FileMark) -> bool:
    """True if a file of lines still contains what has been received from it: inodes are used again."""
    if not before.is_lines or before.inode != now.inode or before.done > now.size:
        return False
    return not before.checksum or _checksum(file, before.done) == before.checksum


def _checksum(file: BufferedReader, end: int) -> int:
    """Checksum of the bytes in front of an offset."""
    first = max(0, end - _COMPARED)
    file.seek(first)
    found = crc32(file.read(end - first))
    file.seek(0)
    return found


def _events_in(content: bytes) -> list[bytes] | None:
    """The events of a JSON document with an event or a list of events; `None` for another content."""
    try:
        if content.lstrip()[:1] == b"[":
            return split_list(content)
        msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return [content]


def _lines(file: BufferedReader, mark: FileMark, *, is_settled: bool) -> EventsRead:
    """The next lines. The last one counts if it is terminated, is a JSON value, or the file is settled."""
    events: list[bytes] = []
    file.seek(mark.done)
    first, is_end = mark.done, False
    while mark.done - first < CHUNK and not is_end:
        line = file.readline(LARGEST_LINE)
        is_whole = line.endswith(b"\n") or len(line) == LARGEST_LINE
        is_end = not line or not (is_whole or is_settled or _is_json(line))
        if not is_end:
            mark.done += len(line)
            events += [without_mark(line).strip()] if line.strip() else []
    mark.is_lines, mark.checksum = True, _checksum(file, mark.done)
    return EventsRead(events, mark, is_end)


def _has_lines(file: BufferedReader) -> bool:
    """True if the first line is a JSON value by itself, and another line follows."""
    first = file.readline(LARGEST_LINE)
    has_more = first.endswith(b"\n") and bool(file.read(1))
    file.seek(0)
    first = without_mark(first)
    return has_more and _is_json(first) and first.lstrip()[:1] == b"{"


def _is_event(line: bytes) -> bool:
    try:
        decode_event(without_mark(line))
    except InvalidParameterError:
        return False
    return True


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
