"""The console page: the connectors and their states, for people with a browser."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from quart import Response
from quart_trio import QuartTrio

_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def add_pages(app: QuartTrio) -> None:
    """Serve the page at `/`, and each of its files under its name."""
    for file in files("integration_daemon.rest").joinpath("pages").iterdir():
        path = "/" if file.name == "console.html" else f"/{file.name}"
        content_type = _TYPES[file.name.rpartition(".")[2]]
        app.add_url_rule(path, file.name, _page(file.read_bytes(), content_type), methods=["GET"])


def _page(content: bytes, content_type: str) -> Callable[[], Awaitable[Response]]:
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",  # browsers must not combine files of different versions
    }

    async def page() -> Response:
        return Response(content, content_type=content_type, headers=headers)

    return page
