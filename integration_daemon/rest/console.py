"""The console page: what runs and how it is, for people with a browser."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from quart import Response
from quart_trio import QuartTrio

_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGES = {
    "/": ("console.html", "text/html; charset=utf-8"),
    "/console.css": ("console.css", "text/css; charset=utf-8"),
    "/console.js": ("console.js", "text/javascript; charset=utf-8"),
}


def add_pages(app: QuartTrio) -> None:
    """Serve the page and what it is made of."""
    for path, (name, content_type) in _PAGES.items():
        content = files("integration_daemon.rest").joinpath("pages", name).read_bytes()
        app.add_url_rule(path, name, _page(content, content_type), methods=["GET"])


def _page(content: bytes, content_type: str) -> Callable[[], Awaitable[Response]]:
    async def page() -> Response:
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(content, content_type=content_type, headers=headers)

    return page
