"""Settings that select names by shell patterns."""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Patterns(NamedTuple):
    """Shell patterns. Without include patterns, everything is included."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def select(self, name: str) -> bool:
        """True if a name is selected."""
        return matches(name, self.include, self.exclude)


def matches(name: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """True if a name matches an include pattern, or none is given, and matches no exclude pattern."""
    if include and not any(fnmatchcase(name, pattern) for pattern in include):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in exclude)


def texts_in(value: Any) -> tuple[str, ...] | None:
    """The texts of a setting: a list of texts, or one text with commas between them; `None` for another value."""
    if isinstance(value, str):
        value = [each.strip() for each in value.split(",") if each.strip()]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)
