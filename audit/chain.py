"""Hash chains of lines: each line carries a hash of all lines before it, so a changed line no longer matches the next.

The hash has no key: an attacker who can write the file can compute new hashes for all later lines, or remove the last
lines. A copy of a hash that is kept elsewhere reveals this: the file contains the hash only while no line before it has
changed.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from mmap import mmap

import msgspec

BEGINNING = "0" * 64
"""The hash that the first line of a chain carries."""
_LINK = re.compile(rb',"previousHash":"([0-9a-f]{64})"}\Z')


def link(value: str, lines: Iterable[bytes]) -> tuple[bytes, str]:
    """Chain JSON objects after the hash `value`; returns the lines, and the hash after the last one."""
    linked = bytearray()
    for each in lines:
        line = b'%b,"previousHash":"%b"}' % (each[:-1], value.encode())
        value = following(value, line)
        linked += line
        linked += b"\n"
    return bytes(linked), value


def following(value: str, line: bytes) -> str:
    """The hash after a line."""
    return sha256(value.encode() + line).hexdigest()


def link_of(line: bytes) -> str | None:
    """The hash that a line carries; `None` for a line without a hash."""
    found = _LINK.search(line)
    return found[1].decode() if found else None


class ChainBreak(msgspec.Struct, frozen=True):
    """The first line whose hash does not match the lines before it."""

    place: str
    reason: str


class Verification(msgspec.Struct, kw_only=True):
    """The result of the verification of a chain."""

    chained: int = 0
    """Lines whose hash matches the lines before them."""
    unprotected: int = 0
    """Lines before the first line with a hash."""
    incomplete: int = 0
    """Lines without a hash between lines with one, such as partly written lines. The hash of the next line covers
    them."""
    uncovered: int = 0
    """Lines without a hash after the last line with one; anyone may have appended them."""
    first: str = BEGINNING
    """The hash that the first line carries; if it is not `BEGINNING`, earlier lines are missing."""
    last: str = BEGINNING
    """The hash after the last line."""
    broken: ChainBreak | None = None


def verify(lines: Iterable[tuple[str, bytes]]) -> Verification:
    """Verify pairs of a place and a line, oldest first."""
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
    """The hash after the last line of a file that is not empty, and whether that line is complete."""
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
