"""Traces the requests to a view. Without tracing, this code is not on the path of a request."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from quart import Response, request

View = Callable[..., Awaitable[Response]]
Header = Callable[[str], str | None]
"""Returns a header of the request by its name."""
_PROBES = ("/livez", "/readyz")
"""Routes that are not traced: they are requested every few seconds, and their traces are useless."""


class RequestTracing(Protocol):
    """Traces requests."""

    def begin_request(self, method: str, route: str, header: Header) -> Callable[[int], None]:
        """Note that a request to a route begins; returns a function to call with the status. Never raises."""


def traced(view: View, tracing: RequestTracing | None, route: str) -> View:
    """The view of a route, traced if tracing is configured."""
    if tracing is None or route in _PROBES:
        return view

    async def traced_view(**parameters: str) -> Response:
        end, status = tracing.begin_request(request.method, route, request.headers.get), 500
        try:
            response = await view(**parameters)
            status = response.status_code
        finally:
            end(status)
        return response

    return traced_view
