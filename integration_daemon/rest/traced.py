"""A view whose requests are traced. Where nothing is traced, none of this is called."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from quart import Response, request

View = Callable[..., Awaitable[Response]]
Header = Callable[[str], str | None]
"""A header of a request by its name."""
_OF_SUPERVISORS = ("/livez", "/readyz")
"""Routes that are asked every few seconds, and tell nobody anything in a trace."""


class RequestTracing(Protocol):
    """Follows requests."""

    def begin_request(self, method: str, route: str, header: Header) -> Callable[[int], None]:
        """Note that a request to a route begins; returns what is to be called with its status. Never raises."""


def traced(view: View, tracing: RequestTracing | None, route: str) -> View:
    """The view of a route, which is traced if somebody follows requests."""
    if tracing is None or route in _OF_SUPERVISORS:
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
