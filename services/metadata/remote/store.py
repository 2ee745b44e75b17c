"""A `MetadataStore` over a metadata server of this program on another platform."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.remote.batching_client import BatchingClient
from services.metadata.store import MetadataStore
from services.metadata.wire import (
    ChangesRequest,
    FingerprintsAnswer,
    FingerprintsRequest,
    RelationshipsRequest,
    SourceAnswer,
)

GUIDS_IN_A_REQUEST = 1_000
FIRST_FINGERPRINTS = 1_000
"""Size of the first page of a scope: enough for most scopes, and small enough to share a request with other calls."""

T = TypeVar("T")


class RemoteStore(MetadataStore):
    """Uses the batch routes of a metadata server; created by `opening.open_remote_store`."""

    def __init__(self, client: BatchingClient) -> None:
        self._client = client

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        answer = await self._ask("sources", source, SourceAnswer, user)
        return answer.guid

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        page_size: int | None = FIRST_FINGERPRINTS
        while True:
            wanted = page_size if limit is None else limit - len(found)
            request = FingerprintsRequest(metadata_source=metadata_source, scope=scope, after=after, limit=wanted)
            page = await self._ask("fingerprints", request, FingerprintsAnswer)
            known = len(found)
            found.update(zip(page.source_keys, page.fingerprints, strict=False))
            is_whole = len(page.source_keys) == len(page.fingerprints)
            if not is_whole or (len(found) == known and not page.is_last):  # otherwise the loop would not end
                raise self._client.counterpart.not_understood(200, "a page of fingerprints is not the next one")
            if page.is_last or (limit is not None and len(found) >= limit):
                return found
            after, page_size = page.source_keys[-1], None

    async def apply(self, batch: Batch) -> Outcome:
        """Apply a batch in one request, which the metadata server applies in one transaction."""
        return await self._ask("apply", batch, Outcome, batch.user)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._in_parts("get", guids, lambda part: part, list[ElementRecord])

    async def find_page(self, query: Query) -> ElementPage:
        return await self._ask("find-page", query, ElementPage)

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._ask("find", query, list[ElementRecord])

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        found = await self._in_parts(
            "relationships",
            guids,
            lambda part: RelationshipsRequest(guids=part, type_name=type_name),
            list[RelationshipRecord],
        )
        return list({each.guid: each for each in found}.values())  # both ends may be in different parts

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._ask("changes", ChangesRequest(after=after, limit=limit), ChangePage)

    async def aclose(self) -> None:
        """Do nothing: the function that opened the store closes the client."""

    async def _in_parts(self, call: str, guids: Sequence[str], body: Any, kind: type[list[T]]) -> list[T]:
        found: list[T] = []
        for first in range(0, len(guids), GUIDS_IN_A_REQUEST):
            part = list(guids[first : first + GUIDS_IN_A_REQUEST])
            found += await self._ask(call, body(part), kind)
        return found

    async def _ask(self, call: str, body: object, kind: type[T], user: str | None = None) -> T:
        answer = await self._client.call(call, body, user)
        try:
            return msgspec.json.decode(answer, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._client.counterpart.not_understood(200, f"the answer cannot be decoded: {error}") from None
