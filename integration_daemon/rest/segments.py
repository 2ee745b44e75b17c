"""Path parameters with any character: `%2F` stands for a slash in a parameter (RFC 3986, 2.2), and separates nothing.

ASGI servers decode a path before it is split. So this module splits the encoded path first, and replaces an encoded
slash by a character that no decoded path has, until the slash is in the parameter.
"""

from collections.abc import Callable, Iterator
from typing import Any, Never
from urllib.parse import unquote

from quart.routing import QuartMap, QuartRule
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.routing import BaseConverter, MapAdapter, UnicodeConverter
from werkzeug.routing.rules import RulePart

_ENCODED_SLASH = "\udc2f"
"""A lone surrogate: decoding never makes one."""


class _Segment(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return value.replace(_ENCODED_SLASH, "/")


class MatchedRule(QuartRule):
    """A rule that finds routes and builds no URLs.

    For each rule, werkzeug compiles functions that build URLs, and parses each segment. That takes most of the time for
    adding many routes. This program builds no URLs, and few segments differ, since a parameter is a whole segment.
    The class only makes the start faster.
    """

    map: "SegmentMap"

    def _parse_rule(self, rule: str) -> Iterator[RulePart]:
        for segment in rule.split("/"):
            if segment not in self.map.parsed:
                before, self._converters = self._converters, {}
                self.map.parsed[segment] = tuple(super()._parse_rule(segment)), self._converters
                self._converters = before
            parts, converters = self.map.parsed[segment]
            self._converters.update(converters)
            self.arguments.update(converters)
            yield from parts

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_built


def _not_built(rule: MatchedRule, **values: object) -> Never:
    raise NotImplementedError(f"No URL is built from {rule.rule}.")


class SegmentMap(QuartMap):
    """Finds the route of a request, with slashes in its parameters."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.converters["default"] = _Segment
        self.parsed: dict[str, tuple[tuple[RulePart, ...], dict[str, BaseConverter]]] = {}

    def bind_to_request(
        self, request: BaseRequestWebsocket, subdomain: str | None, server_name: str | None
    ) -> MapAdapter:
        """As in Quart, except for paths with encoded slashes."""
        adapter = super().bind_to_request(request, subdomain, server_name)
        raw = request.scope.get("raw_path", b"").decode("latin-1")
        if "%2F" in raw.upper():
            segments = [unquote(each).replace("/", _ENCODED_SLASH) for each in raw.split("/")]
            decoded = "/".join(segments)
            if decoded.replace(_ENCODED_SLASH, "/") == request.path:  # otherwise, the target is not a plain path
                adapter.path_info = decoded
        return adapter
