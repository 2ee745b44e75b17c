"""The files of a spool: events in the order of their arrival, each with a position, a length and a checksum.

A file is named by the position of its first event. Its last event is the one before the next file's first; any further
content was not acknowledged. Files are only appended to, and a file of an earlier process is not continued. All
functions block.
"""

import os
import re
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import msgspec

from services.errors import PropertyServerError
from services.lineage.intake.messages import SPOOL_DAMAGED

SUFFIX = ".events"
_HEADER = struct.Struct("<IIQ")
"""The length of the event, the checksum of the rest of the header and the event, and the time of receipt."""
_TIME = struct.Struct("<Q")
_END_OF_HEADER = re.compile(rb"[\x05-\x0f]\x00")
"""The last two bytes of a header, whose time is between 2014 and 2100. JSON has no zero byte."""
_CHUNK = 1024 * 1024
_MOST_PLACES = 64
"""Maximum number of positions in files that are kept, for readers that continue."""


class SpooledEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in the spool."""

    position: int
    """Its number in the order of arrival, from 1. Positions are not reused."""
    received: float
    """The time of its receipt, in seconds since 1970."""
    content: bytes
    """The event as it was sent, in JSON."""


class _Segment(msgspec.Struct):
    """A file of events."""

    first: int
    path: Path
    size: int = 0


class Damage(msgspec.Struct, frozen=True):
    """The position in a file at which no event can be read."""

    path: Path
    offset: int
    size: int
    """The number of bytes from the offset to the end of the file."""
    intact: int
    """The number of complete events after it. If there are none, an event was being written."""


class SegmentLog:
    """The files in a directory. One thread may append or remove at a time; any thread may read."""

    def __init__(self, directory: Path, *, segment_bytes: int, after: int = 0) -> None:
        """Open the files. Positions continue after the last event, and after `after`."""
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        """Protects the list of segments and the kept places."""
        self._places: dict[int, tuple[int, int]] = {}
        """The start of the event after a position: the first position of its file, and the offset."""
        directory.mkdir(mode=0o700, exist_ok=True)
        self._segments = sorted(
            (_Segment(int(path.stem), path, path.stat().st_size) for path in directory.glob("*" + SUFFIX)),
            key=lambda each: each.first,
        )
        self.damage: Damage | None = None
        """Damage at the end of the last file."""
        self.last = max(after, self._last_position())
        """The position of the last durable event."""
        self._continues = False
        """True if the last file can be continued: this process created it, and no write to it has failed."""

    @property
    def size(self) -> int:
        """Total size of the files, in bytes."""
        with self._lock:
            return sum(each.size for each in self._segments)

    @property
    def first(self) -> int:
        """The position of the first event in the files."""
        with self._lock:
            return self._segments[0].first if self._segments else self.last + 1

    def append(self, events: Sequence[bytes]) -> int:
        """Write events and wait until they are on the disk; returns the position of the last one.

        After an `OSError`, none of them is in the spool.
        """
        content = b"".join(_framed(events))
        if not self._continues or self._segments[-1].size >= self._segment_bytes:
            self._begin_segment()
        segment = self._segments[-1]
        self._continues = False  # after a failure, the next file starts at the next position, which ends this file
        _append(segment, content)
        self._continues = True
        segment.size += len(content)
        self.last += len(events)
        return self.last

    def _begin_segment(self) -> None:
        path = self._directory / f"{self.last + 1:020}{SUFFIX}"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        sync_directory(self._directory)
        with self._lock:
            if self._segments and self._segments[-1].path == path:
                self._segments.pop()  # it contains no event
            self._segments.append(_Segment(self.last + 1, path))
        self._continues = True

    def read(self, after: int, limit: int, most_bytes: int) -> list[SpooledEvent]:
        """The events after a position, up to a number and about a number of bytes; at least one if one exists.

        Raises `PropertyServerError` if the first of them cannot be read from a damaged file, and `OSError` if the file
        cannot be read.
        """
        found: list[SpooledEvent] = []
        size, last = 0, self.last
        with self._lock:
            segments = list(self._segments)
        for segment, until in _with_ends(segments, last):
            if until <= after:
                continue
            try:
                for event in self._events(segment, after, until):
                    if found and (len(found) >= limit or size + len(event.content) > most_bytes):
                        return found
                    found.append(event)
                    size += len(event.content)
                    after = event.position
            except (PropertyServerError, OSError):
                if found:
                    return found
                raise
        return found

    def _events(self, segment: _Segment, after: int, until: int) -> Iterator[SpooledEvent]:
        """The events of a file after a position; when the reader stops, the place where it continues is kept."""
        with self._lock:
            first, offset = self._places.get(after, (-1, 0))
        position = after + 1 if first == segment.first else segment.first
        offset = offset if first == segment.first else 0
        try:
            for event, end in _scan(segment.path, position, offset):
                if event.position > after:
                    yield event
                position, offset = event.position + 1, end
                if event.position >= until:
                    return
            if offset < segment.size:  # otherwise, the following files have been moved away
                raise PropertyServerError(SPOOL_DAMAGED, path=segment.path, offset=offset, position=position)
        finally:
            self._remember(position - 1, segment.first, offset)

    def _remember(self, position: int, first: int, offset: int) -> None:
        with self._lock:
            self._places[position] = first, offset
            while len(self._places) > _MOST_PLACES:
                del self._places[next(iter(self._places))]

    def remove_through(self, position: int, *, even_small: bool = False) -> None:
        """Remove the files whose events are all up to a position; the last file only if it is large, or `even_small`.

        An empty file remains, whose name contains the next position.
        """
        least = 1 if even_small else self._segment_bytes / 2
        if position >= self.last and self._segments and self._segments[-1].size >= least:
            self._begin_segment()
        with self._lock:
            ended = [
                segment
                for segment, following in zip(self._segments, self._segments[1:], strict=False)
                if following.first <= position + 1
            ]
            self._segments = self._segments[len(ended) :]
        for segment in ended:
            segment.path.unlink(missing_ok=True)

    def _last_position(self) -> int:
        """The position of the last complete event in the files. Damage before it counts as one event."""
        if not self._segments:
            return 0
        segment = self._segments[-1]
        position, offset = segment.first - 1, 0
        for event, end in _scan(segment.path, segment.first, 0):
            position, offset = event.position, end
        if offset == segment.size:
            return position
        intact = _intact_behind(segment.path, offset)
        self.damage = Damage(segment.path, offset, segment.size - offset, intact)
        return position + 1 + intact if intact else position


def _with_ends(segments: Sequence[_Segment], last: int) -> Iterator[tuple[_Segment, int]]:
    """Each file with the position of its last event."""
    for number, segment in enumerate(segments):
        yield segment, segments[number + 1].first - 1 if number + 1 < len(segments) else last


def _framed(events: Sequence[bytes]) -> Iterator[bytes]:
    received = time.time_ns() // 1_000
    seed = crc32(_TIME.pack(received))
    for event in events:
        yield _HEADER.pack(len(event), crc32(event, seed), received)
        yield event


def _append(segment: _Segment, content: bytes) -> None:
    """Append to a file, and wait for the disk; after an `OSError`, the file is truncated again if possible."""
    descriptor = os.open(segment.path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.lseek(descriptor, segment.size, os.SEEK_SET)
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fdatasync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, segment.size)
        raise
    finally:
        os.close(descriptor)


def _scan(path: Path, position: int, offset: int) -> Iterator[tuple[SpooledEvent, int]]:
    """The complete events from an offset on, each with the offset of its end."""
    with path.open("rb", buffering=_CHUNK) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(offset)
        while len(header := file.read(_HEADER.size)) == _HEADER.size:
            length, checksum, received = _HEADER.unpack(header)
            if length > size - offset - _HEADER.size:
                return
            content = file.read(length)
            if crc32(content, crc32(_TIME.pack(received))) != checksum:
                return
            offset += _HEADER.size + length
            yield SpooledEvent(position, received / 1_000_000, content), offset
            position += 1


def _intact_behind(path: Path, offset: int) -> int:
    """The number of complete events after an offset at which no event can be read."""
    with path.open("rb") as file:
        file.seek(offset)
        content = memoryview(file.read())
    found, place = 0, 1
    while match := _END_OF_HEADER.search(content, place + _HEADER.size - 2):
        start = match.end() - _HEADER.size
        length, checksum, _ = _HEADER.unpack_from(content, start)
        end = match.end() + length
        if end <= len(content) and crc32(content[match.end() - _TIME.size : end]) == checksum:
            found, place = found + 1, end
        else:
            place = start + 1
    return found


def sync_directory(directory: Path) -> None:
    """Wait until the entries of a directory are on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
