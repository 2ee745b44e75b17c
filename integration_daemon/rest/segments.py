"""Path parameters with any character: `%2F` stands for a slash in a parameter (RFC 3986, 2.2), and separates nothing.

ASGI servers decode a path before it is taken apart. So the path is taken apart first here, and a slash that was encoded
is carried to the parameter by a character that no decoded path has.
"""

from collections.abc import Callable
from typing import Any, Never
from urllib.parse import unquote

from quart.routing import QuartMap, QuartRule
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.routing import MapAdapter, UnicodeConverter

_ENCODED_SLASH = "\udc2f"
"""A lone surrogate: decoding never makes one."""


class _Segment(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return value.replace(_ENCODED_SLASH, "/")


class MatchedRule(QuartRule):
    """A rule that finds routes and builds no URLs.

    For each rule, werkzeug compiles functions that build URLs. That takes most of the time in which an application with
    many routes is created, and nothing here builds URLs. Without this class everything works, but starts later.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_built


def _not_built(rule: MatchedRule, **values: object) -> Never:
    raise NotImplementedError(f"No URL is built from {rule.rule}.")


class SegmentMap(QuartMap):
    """Finds the route of a request, with slashes in its parameters."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.converters["default"] = _Segment

    def bind_to_request(
        self, request: BaseRequestWebsocket, subdomain: str | None, server_name: str | None
    ) -> MapAdapter:
        """As in Quart, except for paths with encoded slashes."""
        adapter = super().bind_to_request(request, subdomain, server_name)
        raw = request.scope.get("raw_path", b"").decode("latin-1")
        if "%2F" in raw.upper():
            segments = [unquote(each).replace("/", _ENCODED_SLASH) for each in raw.split("/")]
            decoded = "/".join(segments)
            if decoded.replace(_ENCODED_SLASH, "/") == request.path:  # else the target is no plain path
                adapter.path_info = decoded
        return adapter
