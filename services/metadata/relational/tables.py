"""The tables of a store, as the writer of batches sees them: what each database says in its own words.

An element is a row; what is searched is a column, the rest is its properties as JSON. Only active elements own their
qualified name and their source key. Everything here blocks, and runs inside one transaction on the writer's thread.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

OWN_SOURCE = 0
"""The id that stands for the metadata server's own elements, which have no source."""
LAST_SOURCE_KEY = "\U0010ffff"
"""Put after a scope, it is greater than every source key in the scope."""


class Stored(NamedTuple):
    """An active element, as it is found at its source key."""

    id: int
    type_name: str
    fingerprint: str
    qualified_name: str
    guid: str


class Named(NamedTuple):
    """An active element, as it is found by its name."""

    id: int
    source: int
    source_key: str
    source_name: str | None


class NewElement(NamedTuple):
    """A row of the table of elements. Times are milliseconds since the epoch."""

    id: int
    guid: str
    type_name: str
    qualified_name: str
    source: int
    source_key: str
    fingerprint: str
    created_by: str
    created_at: int
    updated_at: int
    classifications: str | None
    properties: str
    changed: int


class ChangedElement(NamedTuple):
    """Changed columns of an existing element."""

    qualified_name: str
    fingerprint: str
    classifications: str | None
    given: str | None
    properties: str
    updated_by: str
    updated_at: int
    changed: int
    id: int


class Classified(NamedTuple):
    """What an element is classified as."""

    classifications: str | None
    """All of them with their properties, as JSON."""
    given: str | None
    """The names of those that were added to the element as it was stated, as JSON: stating it anew keeps them."""


class NewRelationship(NamedTuple):
    """A row of the table of relationships; the same type between the same ends is updated."""

    guid: str
    type_name: str
    end1: int
    end2: int
    stated_by: int | None
    properties: str | None


class Tables(Protocol):
    """Reading and changing the tables, in sets where there may be many."""

    takes_nul: bool
    """Whether texts may have the character NUL in them."""

    def last_change(self) -> int:
        """The number of the last change; 0: there is none."""

    def last_id(self) -> int:
        """The greatest id of an element; 0: there is none."""

    def source(self, name: str) -> tuple[int, str] | None:
        """The id and GUID of a metadata source."""

    def add_source(self, name: str, guid: str) -> None:
        """Add a metadata source."""

    def change_source(self, name: str, guid: str) -> None:
        """Give a metadata source another GUID: its element was removed, and there is a new one."""

    def by_source_keys(self, source: int, source_keys: Sequence[str]) -> dict[str, Stored]:
        """The active elements of a source at these source keys."""

    def by_names(self, names: Sequence[str]) -> dict[str, Named]:
        """The active elements of these names."""

    def archived(self, source: int, guid: str) -> int | None:
        """The id of an archived element of a source."""

    def guid_of(self, element: int) -> str:
        """The GUID of an element."""

    def add_elements(self, rows: Sequence[NewElement]) -> None:
        """Add elements."""

    def change_elements(self, rows: Sequence[ChangedElement]) -> None:
        """Change elements, one after the other."""

    def archive_element(self, element: int, *, user: str, now: int, changed: int, memento: str) -> None:
        """Archive an element, with its Memento classification."""

    def delete_element(self, element: int, *, now: int, changed: int) -> None:
        """Delete an element and its relationships, and note that it was deleted."""

    def classified(self, element: int) -> Classified:
        """The classifications of an element."""

    def given(self, elements: Sequence[int]) -> dict[int, Classified]:
        """The classifications of those of these elements that were given some."""

    def set_classifications(self, element: int, value: Classified, *, user: str, now: int, changed: int) -> None:
        """Give an element its classifications."""

    def touch_element(self, element: int, changed: int) -> None:
        """Note that relationships of an element have changed."""

    def stated_links(self, elements: Sequence[int]) -> Iterable[tuple[int, int, str, int, int]]:
        """The relationships that elements have stated: by whom, and each one's id, type and ends."""

    def add_relationships(self, rows: Sequence[NewRelationship]) -> None:
        """Add relationships."""

    def delete_relationships(self, ids: Sequence[int]) -> None:
        """Delete relationships."""

    def delete_between(self, end1: int, end2: int, type_name: str) -> int:
        """Delete the relationship of a type between two elements; how many there were."""

    def to_purge(self, source: int, before: int, scope: str, limit: int) -> Sequence[int]:
        """Elements of a scope that were archived before a time."""

    def index_text(self) -> int:
        """Bring the text index up to date, some elements at a time; 0: nothing was left to be done."""
