"""What can be done to a store in one batch.

A batch is one transaction: all of it is committed or none of it. A change that cannot be made for a reason of its
own (a name owned by another source, say) is rejected by itself and reported; the rest of the batch is committed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from services.metadata.bounds import MOST_IN_A_REQUEST, Natural
from services.metadata.element import ElementRecord, ElementStatus


class Link(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A relationship that an element states about itself: it is one end, the other is named."""

    type_name: str
    qualified_name: str
    """The element at the other end; it must exist, or be in the same batch."""
    at_end1: bool = True
    """Whether the *named* element is end 1 (a parent usually is)."""
    properties: dict[str, Any] = {}


class Put(
    msgspec.Struct,
    frozen=True,
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
    """Where the element stands in its source: unique there, and ordered so that a scope is a prefix
    (a folder's path with its `/`, `server::database::` ...)."""
    fingerprint: str
    """Changes whenever the element does; compared, never interpreted."""
    properties: msgspec.Raw
    """The properties as a JSON object, `qualifiedName` among them."""
    classifications: dict[str, dict[str, Any]] = {}
    links: tuple[Link, ...] = ()
    """All relationships the element states; those it stated before and does not now are removed."""


class Remove(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="remove",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """The element at `source_key` is gone: archive it, or delete it with its relationships."""

    source_key: str
    delete: bool = False
    archive_process: str = ""


class Relate(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="relate",
    tag_field="change",
    rename="camel",
    omit_defaults=True,
):
    """Link two elements; the same type between the same ends is updated, not doubled."""

    type_name: str
    end1: str
    """Qualified name of end 1."""
    end2: str
    properties: dict[str, Any] = {}


class Unrelate(msgspec.Struct, frozen=True, kw_only=True, tag="unrelate", tag_field="change", rename="camel"):
    """Remove the relationship of this type between two elements, if there is one."""

    type_name: str
    end1: str
    end2: str


class Classify(
    msgspec.Struct,
    frozen=True,
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
    """Take a classification off, if it is there."""

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
    """Qualified name of the source; empty: the metadata server's own. Only its own elements can be changed."""
    changes: Annotated[Sequence[Change], msgspec.Meta(max_length=MOST_IN_A_REQUEST)]


class Rejection(msgspec.Struct, frozen=True, rename="camel"):
    """A change that was not made, and why."""

    subject: str
    """The qualified name or source key the change was about."""
    message: str
    """`{id} {text}`"""


class Outcome(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The outcome of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    purged: int = 0
    """Archived elements that were deleted for good."""
    guids: dict[str, str] = {}
    """GUID by qualified name of the elements created or updated."""
    rejected: list[Rejection] = []

    def add(self, other: "Outcome") -> None:
        """Add up the figures of several batches; GUIDs are not kept, their number has no bound."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.removed += other.removed
        self.purged += other.purged
        self.rejected = [*self.rejected, *other.rejected]


def literally(text: str) -> str:
    """A text as a `name_pattern` that matches it alone."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A query for elements, which must meet every condition given."""

    type_name: str | None = None
    """This type or any type below it."""
    qualified_name: str | None = None
    """Exactly this name."""
    name_pattern: str | None = None
    """A shell pattern (`*`, `?`, `[a-z]`) over qualified name, display name, file name and path name."""
    text: str | None = None
    """Words that names or descriptions have, all of them; `rep*` is the beginning of a word."""
    metadata_source: str | None = None
    property_values: dict[str, Any] = {}
    """Properties that must have exactly these values."""
    updated_since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    include_archived: bool = False
    cursor: str | None = None
    """Where the page before ended, as its `ElementPage` says; none: the first page."""
    start_from: Natural = 0
    """How many elements to pass over, after the cursor if there is one. To pass over them they must be found, all of
    them: it takes the longer the more there are, and a cursor does not."""
    page_size: Natural = 0
    """At most this many; 0: the server's own maximum."""


class ElementPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Some of the elements that match a query, oldest first.

    A store looks at a bounded number of elements for a page. If few of them match, the page is short, or empty, and
    the cursor leads on. Who follows the cursors to the end meets each element once that is there all the while.
    """

    elements: list[ElementRecord]
    cursor: str | None = None
    """Leads to the next page; `None`: no more elements match."""
    indexed_to: int | None = None
    """The number of the last change that the text index has seen, if it has not seen all. Until it has, a search for
    words misses later changes; they are indexed meanwhile. `None`: it has seen all, or no words were searched for."""


class ElementChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The last change of an element, as a follower of the store sees it."""

    number: int
    """Changes are numbered in the order they are committed, with gaps."""
    guid: str
    type_name: str
    qualified_name: str
    metadata_source: str = ""
    status: ElementStatus
    element: ElementRecord | None = None
    """The element as it is now; none once it is deleted."""


class ChangePage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some changes in order. An element that changed again meanwhile is in a later page, as it is then."""

    changes: list[ElementChange]
    last: int
    """The number to ask for more after."""
    is_last: bool
