"""Shell patterns that select what is exchanged."""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Patterns(NamedTuple):
    """Shell patterns. Without include patterns, everything is included."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def select(self, name: str) -> bool:
        """True if a name is selected."""
        if self.include and not any(fnmatchcase(name, pattern) for pattern in self.include):
            return False
        return not any(fnmatchcase(name, pattern) for pattern in self.exclude)
