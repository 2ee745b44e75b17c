"""Compares elements stated in the order of source keys with a store, which is read page by page in the same order.

Neither side is ever held completely, so memory does not grow with the number of elements.
"""

from collections.abc import Callable, Iterator

AFTER_ALL = "\U0010ffff\U0010ffff"
"""Greater than any source key."""

Pages = Callable[[str], dict[str, str]]
"""One page of fingerprints, by source key and in order, after a source key; empty after the last."""
_LAST = "\U0010ffff"
PART = "\x01"
"""Separates the source key of an element from the name of its part. Parts of an unchanged element are unchanged."""


class SortedDiff:
    """One comparison of both sides.

    Source keys are stated in ascending order, each once, and `finish` is called after the last.
    """

    def __init__(self, next_page: Pages, *, after: str = "") -> None:
        self.known = 0
        """Number of elements of the store that were passed, without their parts."""
        self.unchanged = 0
        self._next_page = next_page
        self._page: Iterator[tuple[str, str]] = iter(())
        self._read_to = after
        self._source_key: str
        self._fingerprint: str
        self._missing: list[str] = []
        self._advance()

    def is_unchanged(self, source_key: str, fingerprint: str) -> bool:
        """State the element at `source_key`; returns true if the store has it with the same fingerprint."""
        if self._source_key < source_key:
            self._pass_over(source_key)
        if self._source_key != source_key:
            return False
        self.known += PART not in source_key
        unchanged = self._fingerprint == fingerprint
        self.unchanged += unchanged
        self._advance()
        if unchanged and self._source_key.startswith(source_key + PART):
            self.keep_scope(source_key + PART)
        return unchanged

    def take_parts(self, source_key: str) -> list[str]:
        """The store's source keys of the parts of the element just stated. The caller puts or removes them."""
        parts: list[str] = []
        while self._source_key.startswith(source_key + PART):
            parts.append(self._source_key)
            self._advance()
        return parts

    def keep(self, source_key: str) -> None:
        """State that an element exists but cannot be read now: it is neither changed nor removed."""
        self.is_unchanged(source_key, "")

    def keep_scope(self, scope: str) -> None:
        """Keep all stored elements in a part of the scope that could not be scanned."""
        self._pass_over(scope)
        self._read_to = max(self._read_to, scope + _LAST)  # skips the pages before
        while self._source_key.startswith(scope):
            self.known += PART not in self._source_key
            self._advance()

    def held_at(self, source_key: str) -> str | None:
        """The stored fingerprint of the element to be stated next, or `None` if the store has no such element."""
        self._pass_over(source_key)
        return self._fingerprint if self._source_key == source_key else None

    def finish(self) -> None:
        """Finish the comparison: the remaining elements of the store were not stated."""
        self._pass_over(AFTER_ALL)

    def take_missing(self) -> list[str]:
        """Source keys of the missing elements found since the last call."""
        missing, self._missing = self._missing, []
        return missing

    def _pass_over(self, source_key: str) -> None:
        while self._source_key < source_key:
            self._missing.append(self._source_key)
            self.known += PART not in self._source_key
            self._advance()

    def _advance(self) -> None:
        entry = next(self._page, None)
        if entry is None:
            page = self._next_page(self._read_to)
            if page:
                self._read_to = next(reversed(page))
            self._page = iter(page.items())
            entry = next(self._page, (AFTER_ALL, ""))
        self._source_key, self._fingerprint = entry
