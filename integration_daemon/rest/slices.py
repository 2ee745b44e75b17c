"""Large answers in slices: they are encoded while the client reads them, and are never complete in memory."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

import msgspec
import trio

SLICE = 64 * 1024
"""Bytes after which a slice is sent; also the most that an answer may have to be sent as a whole."""
ITEMS_AT_ONCE = 100
"""Items that are made and encoded before others get a turn: about a millisecond."""

Part = bytes | Iterable[object]
"""JSON text as it is, or the items of a JSON array, which are encoded with commas between them."""

_encode = msgspec.json.Encoder().encode


async def sliced(parts: Iterable[Part]) -> bytes | AsyncIterator[bytes]:
    """The text of all parts: complete if it is short, otherwise slice by slice."""
    slices = _slices(parts)
    first = await _next(slices)
    second = await _next(slices)
    return first if not second else _rest(first, second, slices)


async def _rest(first: bytes, second: bytes, slices: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while second:
        yield second
        second = await _next(slices)


async def _next(slices: Iterator[bytes]) -> bytes:
    """The next slice; empty at the end."""
    gathered = bytearray()
    for piece in slices:
        gathered += piece
        if len(gathered) >= SLICE:
            break
        await trio.lowlevel.checkpoint()
    return bytes(gathered)


def _slices(parts: Iterable[Part]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        items, separator = iter(part), b""
        while some := list(islice(items, ITEMS_AT_ONCE)):
            yield separator + _encode(some)[1:-1]
            separator = b","
