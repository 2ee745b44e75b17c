"""A mirror of the resources of a service provider: a temporary database that lasts as long as the connector runs.

A scan of the catalogue needs all resources, but a provider may list only the changed ones. So all resources that were
read are stored, and changed resources replace them. A resource that is not in a complete listing is deleted.
"""

from collections.abc import Sequence
from datetime import datetime

import apsw
import msgspec

from services.organization.scim.resources import Head, ResourceKind

MOST_BYTES = 8 * 1024 * 1024
"""Approximate maximum size of a page: a group may have very many members."""
_SCHEMA = """
CREATE TABLE resource (kind TEXT, id TEXT, listing INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (kind, id));
"""


class PageAnswer(msgspec.Struct, rename="camel"):
    """The response to a request for a page of a listing (RFC 7644, 3.4.2; RFC 9865, 2)."""

    total_results: int | None = None
    next_cursor: str | None = None
    resources: list[msgspec.Raw] | None = msgspec.field(name="Resources", default=None)


class StoredPage(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a page whose resources have been stored in the mirror."""

    total: int | None
    next_cursor: str
    first: str = ""
    """The id of the first resource."""
    last: str = ""
    number: int
    """Number of its resources that were not on an earlier page of the listing."""
    unnamed: int
    """Number of its resources without an id."""
    newest: datetime | None
    """The time of the latest change of a resource."""
    is_dated: bool
    """True if each resource has the time of its last change."""


class Mirror:
    """The resources of one service provider. All calls block."""

    def __init__(self) -> None:
        self._database = apsw.Connection("")
        self._database.pragma("journal_mode", "OFF")
        self._database.pragma("cache_size", -16_000)
        self._database.execute(_SCHEMA)

    def close(self) -> None:
        """Remove the database."""
        self._database.close()

    def store_page(self, kind: ResourceKind, listing: int, content: bytes) -> StoredPage:
        """Store the resources of a page of a listing; raises the errors of decoding."""
        page = msgspec.json.decode(content, type=PageAnswer)
        raws = page.resources or []
        heads = [msgspec.json.decode(raw, type=Head) for raw in raws]
        rows = [(kind.value, head.id, listing, bytes(raw)) for head, raw in zip(heads, raws, strict=True) if head.id]
        times = [each.modified for each in heads]
        return StoredPage(
            total=page.total_results,
            next_cursor=page.next_cursor or "",
            first=heads[0].id if heads else "",
            last=heads[-1].id if heads else "",
            number=self._replace(rows),
            unnamed=len(heads) - len(rows),
            newest=max((each for each in times if each is not None), default=None),
            is_dated=None not in times,
        )

    def _replace(self, rows: Sequence[tuple[str, str, int, bytes]]) -> int:
        """Replace resources; returns the number of resources that were not yet in the same listing."""
        new = 0
        with self._database:
            for kind, key, listing, content in rows:
                self._database.execute(
                    "INSERT INTO resource VALUES (?, ?, ?, ?) ON CONFLICT (kind, id)"
                    " DO UPDATE SET listing = excluded.listing, content = excluded.content"
                    " WHERE listing <> excluded.listing",
                    (kind, key, listing, content),
                )
                new += self._database.changes()
        return new

    def forget_others(self, kind: ResourceKind, listing: int) -> None:
        """Remove the resources that were not in a complete listing."""
        self._database.execute("DELETE FROM resource WHERE kind = ? AND listing <> ?", (kind.value, listing))

    def page(self, kind: ResourceKind, after: str, most: int) -> list[tuple[str, bytes]]:
        """The ids and contents of up to `most` resources after an id, in the order of ids; fewer if they are large."""
        page: list[tuple[str, bytes]] = []
        size = 0
        for key, content in self._database.execute(
            "SELECT id, content FROM resource WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", (kind.value, after, most)
        ):
            page.append((key, bytes(content)))
            size += len(content)
            if size > MOST_BYTES:
                break
        return page
