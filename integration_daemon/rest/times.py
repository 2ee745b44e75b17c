"""The format of times in answers: `2021-02-02T20:57:50.647+00:00`."""

import time
from functools import lru_cache

_MILLISECONDS = [f".{number:03}+00:00" for number in range(1000)]
"""The suffixes for all milliseconds: formatting them would take as long as the rest."""


def shown_time(seconds: float) -> str:
    """The text for a time in seconds since the epoch."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return _second(whole) + _MILLISECONDS[milliseconds]


@lru_cache(maxsize=1024)
def _second(whole: int) -> str:
    at = time.gmtime(whole)
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}T{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
