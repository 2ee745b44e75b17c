"""Encodes large answers in slices while the client reads them, so that they are never complete in memory."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

import msgspec
import trio

SLICE = 48 * 1024
"""The smallest size of a slice in bytes; a shorter answer is sent as a whole."""
ITEMS_AT_ONCE = 250
"""The number of items that are encoded before other tasks run. 250 reports take half a millisecond, and are usually
sent in one piece (`serving.stream.PIECE`)."""

BYTES_AT_ONCE = 4 * 1024
"""The number of bytes that are joined before other tasks run: a checkpoint costs as much as the shortest pieces."""

_encode = msgspec.json.Encoder().encode


async def sliced(pieces: Iterable[bytes]) -> bytes | AsyncIterator[bytes]:
    """The joined pieces: complete if short, otherwise slice by slice."""
    remaining = iter(pieces)
    first = await _next(remaining)
    second = await _next(remaining)
    return first if not second else _rest(first, second, remaining)


async def _rest(first: bytes, second: bytes, remaining: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while second:
        yield second
        second = await _next(remaining)


async def _next(remaining: Iterator[bytes]) -> bytes:
    """The next slice; empty at the end."""
    await trio.lowlevel.checkpoint()
    gathered, size, without_others = [], 0, 0
    for piece in remaining:
        gathered.append(piece)
        size += len(piece)
        if size >= SLICE:
            break
        without_others += len(piece)
        if without_others >= BYTES_AT_ONCE:
            await trio.lowlevel.checkpoint()
            without_others = 0
    return b"".join(gathered)


def encoded(items: Iterable[object]) -> Iterator[bytes]:
    """The items of a JSON array as text, separated by commas; each piece holds several items."""
    remaining, separator = iter(items), b""
    while batch := list(islice(remaining, ITEMS_AT_ONCE)):
        yield separator + _encode(batch)[1:-1]
        separator = b","
