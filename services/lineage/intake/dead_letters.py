"""Events that cannot be catalogued, in a file of JSON lines with the reason, until an operator replays them.

A line has the fields of `DeadLetter`. The file may be edited before a replay. All functions block, and are called by
one thread at a time.
"""

import base64
import os
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from services.errors import PropertyServerError
from services.lineage.intake.messages import DEAD_LETTERS_FULL
from services.lineage.intake.segments import sync_directory

FILE = "dead-letters.jsonl"
_REPLAYED = "dead-letters.replayed.jsonl"
"""The name of the file during a replay."""


class DeadLetter(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event that was rejected."""

    time: datetime
    """The time of the rejection."""
    origin: str
    """The connector that rejected it, or its sender."""
    reason: str
    position: int | None = None
    """Its position in the spool, if it was accepted before."""
    event: msgspec.Raw | UnsetType = UNSET
    """The event, if it is JSON."""
    base64: str = ""
    """Its bytes, if it is not JSON."""

    def __post_init__(self) -> None:
        """Raise `ValueError` if the bytes are not in base64: the file may be edited."""
        base64.b64decode(self.base64)

    @property
    def content(self) -> bytes:
        """The event in the form that is replayed."""
        return base64.b64decode(self.base64) if self.event is UNSET else bytes(self.event)


def dead_letter(content: bytes, *, origin: str, reason: str, position: int | None = None) -> DeadLetter:
    """A dead letter with the current time."""
    letter = DeadLetter(time=datetime.now(UTC), origin=origin, reason=reason, position=position)
    try:
        compact = msgspec.json.format(content, indent=-1)
        msgspec.json.decode(compact)
        letter.event = msgspec.Raw(compact)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        letter.base64 = base64.b64encode(content).decode()
    return letter


class DeadLetters:
    """The file of dead letters of a spool."""

    def __init__(self, directory: Path, *, most_bytes: int) -> None:
        self.path = directory / FILE
        self._replayed = directory / _REPLAYED
        self._most_bytes = most_bytes
        self.put_back()  # the process may have ended during a replay, which starts again

    def add(self, letters: Sequence[DeadLetter], *, share: float = 1.0) -> None:
        """Write letters, and wait until they are on the disk.

        Raises `PropertyServerError` if the file has reached this share of its limit.
        """
        if self._size() > self._most_bytes * share:
            raise PropertyServerError(DEAD_LETTERS_FULL, path=self.path, most=self._most_bytes)
        self._append(msgspec.json.Encoder().encode_lines(letters))

    def take_all(self) -> Iterator[DeadLetter]:
        """The letters to be replayed, in order. An invalid line is a letter itself.

        Letters that are added meanwhile are kept for the next replay. `forget_taken` ends the replay.
        """
        self.put_back()
        if self._size():
            self.path.replace(self._replayed)
            yield from _letters(self._replayed)

    def forget_taken(self) -> None:
        """Delete the taken letters after they have been replayed."""
        self._replayed.unlink(missing_ok=True)

    def put_back(self) -> None:
        """Put back the taken letters, if any, that have not been replayed."""
        if self._replayed.exists():
            self._append(self._replayed.read_bytes())
            self._replayed.unlink()

    def newest(self, limit: int) -> tuple[int, list[DeadLetter]]:
        """The number of letters, and the newest ones."""
        number, found = 0, deque[DeadLetter](maxlen=limit)
        for letter in _letters(self.path) if self._size() else ():
            number += 1
            found.append(letter)
        return number, list(found)

    def _append(self, content: bytes) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                content = b"\n" + content  # the process ended in the middle of a line
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_directory(self.path.parent)

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def _letters(path: Path) -> Iterator[DeadLetter]:
    decoder = msgspec.json.Decoder(DeadLetter)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, ValueError) as error:
                    yield dead_letter(line, origin=f"{path.name}, line {number}", reason=str(error))
