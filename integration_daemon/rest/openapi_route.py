"""The route of the OpenAPI document, which describes all routes."""

from collections.abc import Sequence
from functools import cache

import msgspec
import trio

from integration_daemon.rest.native.routing import native_get
from integration_daemon.rest.openapi import description
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule


def with_description(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The routes, and a route that answers with the OpenAPI document of all these routes."""

    async def openapi(call: Call) -> bytes:
        """Return the OpenAPI 3.1 document of the REST API."""
        return await trio.to_thread.run_sync(encoded)

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(description(described))

    row = native_get("/api/v1/openapi.json", openapi, Permission.READ_STATUS, ScopeRule.NONE, FreeQuery)
    described = (*routes, row)
    return described
