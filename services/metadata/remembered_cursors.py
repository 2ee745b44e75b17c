"""Reads pages requested by offset by cursor, if the preceding page has been read before."""

from collections import OrderedDict
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from services.metadata.changes import ElementPage, Query
from services.metadata.store import MetadataStore

MOST = 1_000
"""Maximum number of cursors kept; the least recently used are discarded."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class RememberedCursors:
    """The cursors at the ends of pages of one store, for callers that page by offset.

    A page that begins at the end of an earlier page of the same query costs as much as a page by cursor, and continues
    that page even if elements have been removed meanwhile. The cost of any other page grows with its offset.
    """

    def __init__(self) -> None:
        self._cursors: OrderedDict[tuple[bytes, int], str] = OrderedDict()
        """The cursors, by query and by offset of the next page."""

    async def find_full_page(self, store: MetadataStore, query: Query) -> ElementPage:
        """As `MetadataStore.find_full_page`."""
        key = blake2b(_encode(replace(query, start_from=0, page_size=0)), digest_size=16).digest()
        cursor = self._cursors.pop((key, query.start_from), None)
        known = query if cursor is None else replace(query, cursor=cursor, start_from=0)
        page = await store.find_full_page(known)
        if cursor is not None:
            self._keep((key, query.start_from), cursor)
        if page.cursor is not None:
            self._keep((key, query.start_from + len(page.elements)), page.cursor)
        return page

    def _keep(self, place: tuple[bytes, int], cursor: str) -> None:
        self._cursors[place] = cursor
        self._cursors.move_to_end(place)
        if len(self._cursors) > MOST:
            self._cursors.popitem(last=False)
