"""Comparing what is stated in the order of places with what the store holds, read page by page in the same order.

Neither side is ever held as a whole, so memory does not grow with the number of elements.
"""

from collections.abc import Callable, Iterator

AFTER_ALL = "\U0010ffff\U0010ffff"
"""Greater than any place."""

Pages = Callable[[str], dict[str, str]]
"""Some fingerprints by place, in the order of places, after a place; empty when there are no more."""
_LAST = "\U0010ffff"
PART = "\x01"
"""Between the place of an element and what names a part of it. The parts of what is unchanged are unchanged too."""


class SortedDiff:
    """One walk along both sides.

    Places are stated in ascending order, each once, and `finish` is called after the last.
    """

    def __init__(self, next_page: Pages, *, after: str = "") -> None:
        self.known = 0
        """Elements of the store that were passed, their parts not counted."""
        self.unchanged = 0
        self._next_page = next_page
        self._page: Iterator[tuple[str, str]] = iter(())
        self._read_to = after
        self._place = ""
        self._fingerprint = ""
        self._gone: list[str] = []
        self._advance()

    def is_unchanged(self, place: str, fingerprint: str) -> bool:
        """State that something is at `place`, and learn whether the store holds it just so."""
        if self._place < place:
            self._pass_over(place)
        if self._place != place:
            return False
        self.known += PART not in place
        unchanged = self._fingerprint == fingerprint
        self.unchanged += unchanged
        self._advance()
        if unchanged and self._place.startswith(place + PART):
            self.are_there(place + PART)
        return unchanged

    def take_parts(self, place: str) -> list[str]:
        """The places of the parts that the store holds of what was just stated: whoever asks looks after them."""
        parts: list[str] = []
        while self._place.startswith(place + PART):
            parts.append(self._place)
            self._advance()
        return parts

    def is_there(self, place: str) -> None:
        """State that something is at `place` whose details cannot be read now: it is neither changed nor removed."""
        self.is_unchanged(place, "")

    def are_there(self, scope: str) -> None:
        """State that whatever the store holds in a part of the scope is there: it could not be looked into."""
        self._pass_over(scope)
        self._read_to = max(self._read_to, scope + _LAST)  # so far, and no page need be read before
        while self._place.startswith(scope):
            self.known += PART not in self._place
            self._advance()

    def held_at(self, place: str) -> str | None:
        """The fingerprint that the store holds at the place that is to be stated next, if it holds something."""
        self._pass_over(place)
        return self._fingerprint if self._place == place else None

    def finish(self) -> None:
        """Nothing more is stated: what the store holds beyond is gone."""
        self._pass_over(AFTER_ALL)

    def take_gone(self) -> list[str]:
        """Places that were passed and not stated, since this was last asked for."""
        gone, self._gone = self._gone, []
        return gone

    def _pass_over(self, place: str) -> None:
        while self._place < place:
            self._gone.append(self._place)
            self.known += PART not in self._place
            self._advance()

    def _advance(self) -> None:
        entry = next(self._page, None)
        if entry is None:
            page = self._next_page(self._read_to)
            if page:
                self._read_to = next(reversed(page))
            self._page = iter(page.items())
            entry = next(self._page, (AFTER_ALL, ""))
        self._place, self._fingerprint = entry
