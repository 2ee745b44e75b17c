"""The interface between the writer of batches and the tables of a database.

An element is a row: values that are searched are columns, and the properties are JSON. Only active elements own their
qualified name and their source key. All methods block, and run in one transaction on the writer's thread.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

OWN_SOURCE = 0
"""The source id of the metadata server's own elements."""
LAST_SOURCE_KEY = "\U0010ffff"
"""Appended to a scope, it gives a text that is greater than every source key in the scope."""


class Stored(NamedTuple):
    """An active element found by its source key."""

    id: int
    type_name: str
    fingerprint: str
    qualified_name: str
    guid: str


class Named(NamedTuple):
    """An active element found by its name."""

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
    """The classifications of an element."""

    classifications: str | None
    """All classifications with their properties, as JSON."""
    given: str | None
    """The names of those that were added to the stated element, as JSON: stating the element again keeps them."""


class NewRelationship(NamedTuple):
    """A row of the table of relationships; an existing relationship of this type between these ends is updated."""

    guid: str
    type_name: str
    end1: int
    end2: int
    stated_by: int | None
    properties: str | None


class Tables(Protocol):
    """Reads and changes the tables, with sets of rows where there may be many."""

    takes_nul: bool
    """True if texts may contain the character NUL."""

    def last_change(self) -> int:
        """The number of the last change; 0 if there is none."""

    def last_id(self) -> int:
        """The greatest id of an element; 0 if there is none."""

    def source(self, name: str) -> tuple[int, str] | None:
        """The id and GUID of a metadata source."""

    def add_source(self, name: str, guid: str) -> None:
        """Add a metadata source."""

    def change_source(self, name: str, guid: str) -> None:
        """Give a metadata source another GUID, because its element was removed and created again."""

    def by_source_keys(self, source: int, source_keys: Sequence[str]) -> dict[str, Stored]:
        """The active elements of a source with these source keys."""

    def by_names(self, names: Sequence[str]) -> dict[str, Named]:
        """The active elements with these names."""

    def archived(self, source: int, guid: str) -> int | None:
        """The id of an archived element of a source."""

    def guid_of(self, element: int) -> str:
        """The GUID of an element."""

    def add_elements(self, rows: Sequence[NewElement]) -> None:
        """Add elements."""

    def change_elements(self, rows: Sequence[ChangedElement]) -> None:
        """Change elements, in order."""

    def archive_element(self, element: int, *, user: str, now: int, changed: int, memento: str) -> None:
        """Archive an element, with its Memento classification.

        Elements of its source that state relationships with it lose their fingerprints: when they are stated the next
        time, the relationships are created again, with the element that has replaced it.
        """

    def delete_element(self, element: int, *, now: int, changed: int) -> None:
        """Delete an element and its relationships, and record the deletion. As for `archive_element`, fingerprints of
        other elements are lost."""

    def classified(self, element: int) -> Classified:
        """The classifications of an element."""

    def given(self, elements: Sequence[int]) -> dict[int, Classified]:
        """The classifications of those elements that have added ones."""

    def set_classifications(self, element: int, value: Classified, *, user: str, now: int, changed: int) -> None:
        """Replace the classifications of an element."""

    def touch_element(self, element: int, changed: int) -> None:
        """Record that relationships of an element have changed."""

    def stated_links(self, elements: Sequence[int]) -> Iterable[tuple[int, int, str, int, int]]:
        """The relationships stated by elements: the stating element, and the relationship's id, type and ends."""

    def add_relationships(self, rows: Sequence[NewRelationship]) -> None:
        """Add relationships."""

    def delete_relationships(self, ids: Sequence[int]) -> None:
        """Delete relationships."""

    def delete_between(self, end1: int, end2: int, type_name: str) -> int:
        """Delete the relationship of a type between two elements; returns the number of deleted ones."""

    def to_purge(self, source: int, before: int, scope: str, limit: int) -> Sequence[int]:
        """Elements of a scope that were archived before a time."""

    def index_text(self) -> int:
        """Add a limited number of elements to the text index; returns their number, 0 if the index is up to date."""
