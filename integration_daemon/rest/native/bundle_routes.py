"""The route for bundles: access-control data for policy enforcement points."""

from collections.abc import AsyncIterator

import trio
from quart import Response, request

from integration_daemon.rest.native.queries import ServerQuery
from integration_daemon.rest.native.routing import ROOTS
from integration_daemon.rest.route import Call, Route, Style, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.security.publishing.bundles import Bundles, ServedBundle
from services.security.service import SERVICE

_CHUNK = 2**16


async def _bundle(call: Call) -> Response:
    """Send the bundle of a connector, by the bundle protocol of the Open Policy Agent.

    The header `ETag` identifies its content. A request with this value in `If-None-Match` is answered with 304 and no
    body.
    """
    served = await _bundles(call).opened(call.parameters["name"])
    headers = {"ETag": f'"{served.digest}"', "Cache-Control": "no-cache"}
    is_known = request.if_none_match.contains_weak(served.digest)
    if is_known or request.method == "HEAD":
        served.file.close()
    if is_known:
        return Response(b"", status=304, headers=headers)
    body = b"" if request.method == "HEAD" else _content(served)
    response = Response(body, content_type="application/gzip", headers=headers)
    response.headers["Content-Length"] = str(served.size)
    return response


async def _content(served: ServedBundle) -> AsyncIterator[bytes]:
    with served.file as file:
        while chunk := await trio.to_thread.run_sync(file.read, _CHUNK):
            yield chunk


def _bundles(call: Call) -> Bundles:
    bundles: Bundles = call.resources_of(SERVICE)
    return bundles


ROUTES: tuple[Route, ...] = tuple(
    get(
        root + "/bundles/{name}",
        _bundle,
        Permission.READ_BUNDLES,
        ScopeRule.SERVER,
        style=Style.NATIVE,
        query=ServerQuery,
        answers={200: ("application/gzip",), 304: ()},
    )
    for root in ROOTS
)
