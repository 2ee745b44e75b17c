"""The metadata server's own routes: what remote stores use, in batches (`services.metadata.wire`)."""

from typing import Any

from integration_daemon.rest.open_metadata_routes import ROUTES as OPEN_METADATA_ROUTES
from integration_daemon.rest.route import Call, Permission, Route, post
from services.metadata.changes import Batch, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.wire import (
    FingerprintsAnswer,
    FingerprintsRequest,
    RelationshipsRequest,
    SourceAnswer,
)

FINGERPRINTS_IN_A_PAGE = 20_000


async def _sources(call: Call) -> SourceAnswer:
    source: MetadataSource = call.body
    return SourceAnswer(await call.served_store.register_source(source, user=call.user))


async def _fingerprints(call: Call) -> FingerprintsAnswer:
    request: FingerprintsRequest = call.body
    limit = min(request.limit or FINGERPRINTS_IN_A_PAGE, FINGERPRINTS_IN_A_PAGE)
    page = await call.served_store.fingerprints(
        request.metadata_source, request.scope, after=request.after, limit=limit
    )
    return FingerprintsAnswer(places=list(page), fingerprints=list(page.values()), is_last=len(page) < limit)


async def _apply(call: Call) -> Outcome:
    batch: Batch = call.body
    return await call.served_store.apply(batch)


async def _get(call: Call) -> list[ElementRecord]:
    return await call.served_store.get(call.body)


async def _find(call: Call) -> list[ElementRecord]:
    query: Query = call.body
    return await call.served_store.find(query)


async def _relationships(call: Call) -> list[RelationshipRecord]:
    request: RelationshipsRequest = call.body
    return await call.served_store.relationships(request.guids, type_name=request.type_name)


_BATCH = "/servers/{server}/open-metadata/access-services/open-metadata-store{users}/batch"


def _row(name: str, operation: Any, body: Any, permission: Permission) -> Route:
    return post(f"{_BATCH}/{name}", operation, permission, body=body, body_required=True)


ROUTES: tuple[Route, ...] = (
    _row("sources", _sources, MetadataSource, Permission.CHANGE_METADATA),
    _row("fingerprints", _fingerprints, FingerprintsRequest, Permission.READ_METADATA),
    _row("apply", _apply, Batch, Permission.CHANGE_METADATA),
    _row("get", _get, list[str], Permission.READ_METADATA),
    _row("find", _find, Query, Permission.READ_METADATA),
    _row("relationships", _relationships, RelationshipsRequest, Permission.READ_METADATA),
    *OPEN_METADATA_ROUTES,
)
