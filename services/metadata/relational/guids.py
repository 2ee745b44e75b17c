"""GUIDs that grow with time, so that new rows go to the end of their index."""

import os
import time
from collections.abc import Iterator

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def fresh_guids() -> Iterator[str]:
    """An endless supply of version 7 UUIDs (RFC 9562): 48 bits of milliseconds, then a count, then chance."""
    while True:
        milliseconds = time.time_ns() // 1_000_000
        when = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
        chance = os.urandom(8 * 4096).hex()
        for count in range(4096):
            low = chance[count * 16 : count * 16 + 16]
            yield f"{when}-7{count:03x}-{_VARIANTS[low[0]]}{low[1:4]}-{low[4:]}"
