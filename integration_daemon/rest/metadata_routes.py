"""The batch routes of a metadata server for remote stores, in the protocol of `services.metadata.wire`."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
import trio
from quart import request

from integration_daemon.rest.body import read_body
from integration_daemon.rest.ffdc import error_body
from integration_daemon.rest.guarding import guard_for
from integration_daemon.rest.messages import BODY_NOT_UNDERSTOOD
from integration_daemon.rest.route import Call, Route, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_CALLS_IN_A_REQUEST, Guids
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.wire import (
    ChangesRequest,
    CombinedCall,
    FingerprintsAnswer,
    FingerprintsRequest,
    RelationshipsRequest,
    SourceAnswer,
)

FINGERPRINTS_IN_A_PAGE = 20_000
CombinedCalls = Annotated[list[CombinedCall], msgspec.Meta(max_length=MOST_CALLS_IN_A_REQUEST)]


async def _sources(call: Call) -> SourceAnswer:
    """Register a metadata source, which elements can belong to."""
    source: MetadataSource = call.body
    return SourceAnswer(await call.served_store.register_source(source, user=call.user))


async def _fingerprints(call: Call) -> FingerprintsAnswer:
    """Return the fingerprints of a source's elements in a scope, page by page."""
    request: FingerprintsRequest = call.body
    limit = min(request.limit or FINGERPRINTS_IN_A_PAGE, FINGERPRINTS_IN_A_PAGE)
    page = await call.served_store.fingerprints(
        request.metadata_source, request.scope, after=request.after, limit=limit
    )
    return FingerprintsAnswer(source_keys=list(page), fingerprints=list(page.values()), is_last=len(page) < limit)


async def _apply(call: Call) -> Outcome:
    """Apply a batch of changes."""
    batch: Batch = call.body
    call.access.require_user(request, call.caller, batch.user)
    return await call.served_store.apply(batch if batch.user else msgspec.structs.replace(batch, user=call.user))


async def _get(call: Call) -> list[ElementRecord]:
    """Return elements by their GUIDs."""
    return await call.served_store.get(call.body)


async def _find_page(call: Call) -> ElementPage:
    """Return a page of the elements that match a query, and the cursor of the next page."""
    query: Query = call.body
    return await call.served_store.find_page(query)


async def _find(call: Call) -> list[ElementRecord]:
    """Return the elements that match a query."""
    query: Query = call.body
    return await call.served_store.find(query)


async def _relationships(call: Call) -> list[RelationshipRecord]:
    """Return the relationships of elements."""
    request: RelationshipsRequest = call.body
    return await call.served_store.relationships(request.guids, type_name=request.type_name)


async def _changes(call: Call) -> ChangePage:
    """Return the changes after a given change, for programs that follow the store."""
    request: ChangesRequest = call.body
    return await call.served_store.changes(request.after, request.limit)


async def _calls(call: Call) -> list[Any]:
    """Make several calls of this section concurrently; each has its own permission, and its own answer or error."""
    calls: list[CombinedCall] = call.body
    answers: list[Any] = [None] * len(calls)
    async with trio.open_nursery() as nursery:
        for number, each in enumerate(calls):
            nursery.start_soon(_one_of_several, call, each, answers, number)
    return answers


async def _one_of_several(call: Call, combined: CombinedCall, answers: list[Any], number: int) -> None:
    try:
        row = _SINGLE.get(combined.call)
        if row is None:
            raise InvalidParameterError(BODY_NOT_UNDERSTOOD, place=f"$[{number}].call", problem="there is no such call")
        granted_scopes = call.access.require(
            request, call.caller, row.permission, row.scope, call.parameters, combined.call
        )
        user = combined.user or call.user
        call.access.require_user(request, call.caller, user)
        guard = await guard_for(call.platform, call.caller, user, row.permission, row.scope, call.parameters)
        with row.recording(call.platform, call.access, call.caller, user, call.parameters, combined.call):
            body = read_body(row, bytes(combined.body))
            single = replace(call, route=row, granted_scopes=granted_scopes, guard=guard, user=user, body=body)
            answers[number] = await row.operation(single)
    except Exception as error:
        answers[number] = error_body(error, "VoidResponse", combined.call)


_BATCH = "/servers/{server}/open-metadata/access-services/open-metadata-store{users}/batch"


def _row(name: str, operation: Any, body: Any, permission: Permission) -> Route:
    return post(f"{_BATCH}/{name}", operation, permission, ScopeRule.SERVER, body=body, body_required=True)


_SINGLE: dict[str, Route] = {
    name: _row(name, operation, body, permission)
    for name, operation, body, permission in (
        ("sources", _sources, MetadataSource, Permission.CHANGE_METADATA),
        ("fingerprints", _fingerprints, FingerprintsRequest, Permission.READ_METADATA),
        ("apply", _apply, Batch, Permission.CHANGE_METADATA),
        ("get", _get, Guids, Permission.READ_METADATA),
        ("find-page", _find_page, Query, Permission.READ_METADATA),
        ("find", _find, Query, Permission.READ_METADATA),
        ("relationships", _relationships, RelationshipsRequest, Permission.READ_METADATA),
        ("changes", _changes, ChangesRequest, Permission.READ_METADATA),
    )
}

ROUTES: tuple[Route, ...] = (
    *_SINGLE.values(),
    _row("calls", _calls, CombinedCalls, Permission.READ_METADATA),  # and the permission of each call
)
