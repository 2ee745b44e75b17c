"""GUIDs that grow with time, so that new rows go to the end of their index."""

import os
import time
from collections.abc import Iterator

_COUNTS = [f"-7{count:03x}-" for count in range(4096)]
"""The version, and twelve bits of a counter."""
_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))


def fresh_guids() -> Iterator[str]:
    """An endless series of version 7 UUIDs (RFC 9562): 48 bits of milliseconds, a counter, and random bits.

    Random bits are read and encoded for all values of the counter at once, since a store needs two GUIDs for each
    element.
    """
    while True:
        milliseconds = time.time_ns() // 1_000_000
        when = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
        clock = bytearray(os.urandom(2 * len(_COUNTS)))
        clock[::2] = clock[::2].translate(_VARIANT)
        clocks, nodes = clock.hex(" ", 2).split(), os.urandom(6 * len(_COUNTS)).hex(" ", 6).split()
        for count, clock_sequence, node in zip(_COUNTS, clocks, nodes, strict=True):
            yield f"{when}{count}{clock_sequence}-{node}"
