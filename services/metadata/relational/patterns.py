"""Shell patterns, with the syntax of SQLite's GLOB."""

import re

_PARTS = re.compile(r"\*|\?|\[\^?\]?[^\]]*\]|.", re.DOTALL)


def parts_of(pattern: str) -> list[str]:
    """The wildcards (`*`, `?`, `[a-z]`) and the other characters of a pattern, in order."""
    return _PARTS.findall(pattern)


def literals_of(pattern: str) -> list[str]:
    """The texts that every match contains, in order."""
    found = [""]
    for part in parts_of(pattern):
        if len(part) == 1 and part not in "*?":
            found[-1] += part
        elif len(part) == 3 and part[1] != "^":  # [x] matches only x
            found[-1] += part[1]
        elif found[-1]:
            found.append("")
    return [text for text in found if text]
