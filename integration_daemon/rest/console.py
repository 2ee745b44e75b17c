"""Serves the console, a web page with its modules. The page itself is at `/`."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

from quart import Response, request

Page = Callable[[], Awaitable[Response]]
_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def pages() -> Mapping[str, Page]:
    """The views by URL: the page at `/`, and each of its files under its path."""
    views = {}
    for path, file in _files(files("integration_daemon.rest").joinpath("pages"), ""):
        content_type = _TYPES[file.name.rpartition(".")[2]]
        views["/" if path == "/console.html" else path] = _page(file.read_bytes(), content_type)
    return views


def _files(directory: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for each in directory.iterdir():
        if each.is_dir():
            yield from _files(each, f"{path}/{each.name}")
        else:
            yield f"{path}/{each.name}", each


def _page(content: bytes, content_type: str) -> Page:
    etag = blake2b(content, digest_size=12).hexdigest()
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",  # browsers must not combine files of different versions
    }

    async def page() -> Response:
        is_known = request.if_none_match.contains(etag)
        response = Response(b"" if is_known else content, 304 if is_known else 200, headers, content_type=content_type)
        response.set_etag(etag)
        return response

    return page
