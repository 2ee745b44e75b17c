"""The changes that a batch can make to a store.

A batch is one transaction: all of it is committed or none of it. A change that is invalid in itself (for example
because another source owns the name) is rejected alone and reported; the rest of the batch is committed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from services.metadata.bounds import MOST_IN_A_REQUEST, Natural
from services.metadata.element import ElementRecord, ElementStatus


class Link(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """A relationship stated by an element, which is one end; the other end is given by name."""

    type_name: str
    qualified_name: str
    """The element at the other end; it must exist, or be in the same batch."""
    at_end1: bool = True
    """True if the *named* element is end 1, as a parent usually is."""
    properties: dict[str, Any] = {}


class Put(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    tag="put",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """State an element as it is now: created if its source holds nothing at `source_key`, else updated.

    Nothing is written when the stored fingerprint equals this one.
    """

    type_name: str
    qualified_name: str
    source_key: str
    """The position of the element in its source: unique there, and ordered so that a scope is a prefix
    (a folder's path with its `/`, `server::database::` ...)."""
    fingerprint: str
    """A value that changes whenever the element changes; it is compared, never interpreted."""
    properties: msgspec.Raw
    """The properties as a JSON object, including `qualifiedName`."""
    classifications: dict[str, dict[str, Any]] = {}
    links: tuple[Link, ...] = ()
    """All relationships stated by the element; previously stated relationships not in the list are removed."""
    is_new: bool = False
    """The element must not exist: if it does, its name is taken, and nothing in this batch is related to it."""


class Remove(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    tag="remove",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """The element at `source_key` no longer exists: archive it, or delete it with its relationships."""

    source_key: str
    delete: bool = False
    archive_process: str = ""
    archived_guid: str = ""
    """Delete the archived element with this GUID; the active element at the source key is not affected."""


class Relate(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    tag="relate",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """Link two elements; an existing relationship of this type between them is updated."""

    type_name: str
    end1: str
    """Qualified name of end 1."""
    end2: str
    properties: dict[str, Any] = {}


class Unrelate(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="unrelate", tag_field="change", rename="camel"):
    """Remove the relationship of this type between two elements, if it exists."""

    type_name: str
    end1: str
    end2: str


class Classify(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    tag="classify",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """Add or replace a classification."""

    qualified_name: str
    classification: str
    properties: dict[str, Any] = {}


class Declassify(msgspec.Struct, frozen=True, kw_only=True, tag="declassify", tag_field="change", rename="camel"):
    """Remove a classification, if the element has it."""

    qualified_name: str
    classification: str


class Purge(msgspec.Struct, frozen=True, kw_only=True, tag="purge", tag_field="change", rename="camel"):
    """Delete the elements of a scope that were archived before a given time."""

    scope: str
    archived_before: Annotated[datetime, msgspec.Meta(tz=True)]


Change = Put | Remove | Relate | Unrelate | Classify | Declassify | Purge


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Changes of one metadata source, applied in order in one transaction."""

    user: str
    """The user that is recorded as the author of the changes."""
    metadata_source: str = ""
    """Qualified name of the source, or empty for the metadata server. Only the source's own elements can be changed."""
    changes: Annotated[Sequence[Change], msgspec.Meta(max_length=MOST_IN_A_REQUEST)]


class Rejection(msgspec.Struct, frozen=True, rename="camel"):
    """A rejected change and the reason."""

    subject: str
    """The qualified name or source key of the affected element."""
    message: str
    """`{id} {text}`"""


class Outcome(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The outcome of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    purged: int = 0
    """Number of archived elements that were permanently deleted."""
    guids: dict[str, str] = {}
    """GUID by qualified name of the elements created or updated."""
    rejected: list[Rejection] = []

    def add(self, other: "Outcome") -> None:
        """Add the counts of another batch; GUIDs are not kept, because their number has no bound."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.removed += other.removed
        self.purged += other.purged
        self.rejected = [*self.rejected, *other.rejected]


def literally(text: str) -> str:
    """Convert a text to a `name_pattern` that matches only this text."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A query for elements, which must meet every condition given."""

    type_name: str | None = None
    """The type of the elements; its subtypes are included."""
    qualified_name: str | None = None
    """The exact qualified name."""
    name_pattern: str | None = None
    """A shell pattern (`*`, `?`, `[a-z]`) over qualified name, display name, file name and path name."""
    text: str | None = None
    """Words that must all occur in names or descriptions; `rep*` matches words that begin with `rep`."""
    metadata_source: str | None = None
    property_values: dict[str, Any] = {}
    """Properties that must have exactly these values."""
    classifications: tuple[str, ...] = ()
    """Names of classifications, at least one of which the element must carry; none: any element."""
    updated_since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    include_archived: bool = False
    cursor: str | None = None
    """The cursor of the preceding `ElementPage`, or `None` for the first page."""
    start_from: Natural = 0
    """Number of elements to skip, after the cursor if one is given. The time taken grows with this number; paging by
    cursor avoids that."""
    page_size: Natural = 0
    """Maximum number of elements in the page; 0 for the server's maximum."""


class ElementPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Matching elements of a query, oldest first.

    A store examines a bounded number of elements for a page. If few of them match, the page is short or empty, and the
    cursor leads to the next page. A client that follows the cursors to the end receives every element that exists
    throughout.
    """

    elements: list[ElementRecord]
    cursor: str | None = None
    """The cursor of the next page, or `None` if no more elements match."""
    indexed_to: int | None = None
    """The number of the last change in the text index, if the index is behind. A search for words misses later changes
    until they are indexed. `None` if the index is up to date, or the query has no words."""


class ElementChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The last change of an element, as an entry of the change feed."""

    number: int
    """Changes are numbered in the order they are committed, with gaps."""
    guid: str
    type_name: str
    qualified_name: str
    metadata_source: str = ""
    status: ElementStatus
    element: ElementRecord | None = None
    """The current state of the element; `None` if it is deleted."""


class ChangePage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Changes in order. An element that has changed again is in a later page, in its current state."""

    changes: list[ElementChange]
    last: int
    """The number after which the next page begins."""
    is_last: bool
