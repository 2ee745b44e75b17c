"""Lines chained by hash: each carries a hash of all the lines before it, so that a change of one shows in the next.

The hash is no secret: whoever can write the lines can write all that follow anew, or leave out the last ones. A hash
that was kept elsewhere shows this, since it is in the file for as long as nothing before it has changed.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from mmap import mmap

import msgspec

BEGINNING = "0" * 64
"""Stands for what comes before the first line."""
_LINK = re.compile(rb',"previousHash":"([0-9a-f]{64})"}\Z')


def link(value: str, lines: Iterable[bytes]) -> tuple[bytes, str]:
    """JSON objects as chained lines, the first of which follows from `value`; and the value behind them."""
    linked = bytearray()
    for each in lines:
        line = b'%b,"previousHash":"%b"}' % (each[:-1], value.encode())
        value = following(value, line)
        linked += line
        linked += b"\n"
    return bytes(linked), value


def following(value: str, line: bytes) -> str:
    """The value after a line."""
    return sha256(value.encode() + line).hexdigest()


def link_of(line: bytes) -> str | None:
    """The value that a line says it follows from; none if it is not chained."""
    found = _LINK.search(line)
    return found[1].decode() if found else None


class ChainBreak(msgspec.Struct, frozen=True):
    """The first line that does not follow from those before it."""

    place: str
    reason: str


class Verification(msgspec.Struct, kw_only=True):
    """What is to be said of a chain."""

    chained: int = 0
    """Lines that follow from those before them."""
    unprotected: int = 0
    """Lines before the first that is chained."""
    incomplete: int = 0
    """Lines without a hash between lines that have one, such as those whose writing was cut short. The hash of the next
    line covers them."""
    uncovered: int = 0
    """Lines without a hash after the last line that has one: anybody can have appended them."""
    first: str = BEGINNING
    """The value that the first line follows from; others than `BEGINNING` are of lines that are not here."""
    last: str = BEGINNING
    """The value after the last line."""
    broken: ChainBreak | None = None


def verify(lines: Iterable[tuple[str, bytes]]) -> Verification:
    """Verify lines, each with its place, oldest first."""
    result = Verification()
    for place, line in lines:
        claimed = link_of(line)
        if claimed is None and not result.chained:
            result.unprotected += 1
            continue
        if claimed is None:
            result.uncovered += 1
        elif not result.chained:
            if result.unprotected and claimed != BEGINNING:
                result.broken = ChainBreak(place, "the lines before it have lost their hashes, or have been replaced")
                return result
            result.first = result.last = claimed
        elif claimed != result.last:
            result.broken = ChainBreak(place, _reason(claimed))
            return result
        if claimed is not None:
            result.chained += 1
            result.incomplete, result.uncovered = result.incomplete + result.uncovered, 0
        result.last = following(result.last, line)
    return result


def _reason(claimed: str) -> str:
    if claimed == BEGINNING:
        return "a new chain begins here: lines before it were moved away or removed"
    return "it does not follow from the lines before it: one was changed, or some were removed or added"


def value_after(content: bytes | mmap) -> tuple[str, bool]:
    """The value behind the lines of a file that is not empty, and whether the last of them is complete."""
    is_complete = content[-1:] == b"\n"
    end = content.rfind(b"\n")
    behind = [content[end + 1 :]] if end + 1 < len(content) else []
    while end >= 0:
        start = content.rfind(b"\n", 0, end) + 1
        line = content[start:end]
        behind.append(line)
        if (value := link_of(line)) is not None:
            for each in reversed(behind):
                value = following(value, each)
            return value, is_complete
        end = start - 1
    return BEGINNING, is_complete
