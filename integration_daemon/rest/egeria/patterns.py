"""Converts Java regular expressions, by which clients of Egeria search for names, to shell patterns of a store."""

import re

from integration_daemon.rest.messages import NOT_SUPPORTED
from services.errors import InvalidParameterError
from services.metadata.changes import literally

_PARTS = re.compile(
    r"\\Q(?P<literal>.*?)(?:\\E|$)|(?P<any>\.\*)|(?P<some>\.\+)|(?P<one>\.)|\\(?P<escaped>[^A-Za-z0-9])"
    r"|(?P<start>^\^)|(?P<end>\$$)|(?P<special>[\\^$|?*+()\[\]{}])|(?P<plain>.)",
    re.DOTALL,
)


def pattern_of(expression: str, place: str) -> str:
    """The shell pattern that matches the same texts as an expression that must match as a whole.

    Raises `InvalidParameterError` for an expression that a shell pattern cannot express.
    """
    found: list[str] = []
    for part in _PARTS.finditer(expression):
        match part.lastgroup:
            case "literal" | "escaped" | "plain":
                found.append(literally(part[part.lastgroup]))
            case "any":
                found.append("*")
            case "some":
                found.append("?*")
            case "one":
                found.append("?")
            case "special":
                what = f"{part[0]!r} in the regular expression at {place}"
                raise InvalidParameterError(NOT_SUPPORTED, what=what)
    return "".join(found) or "*"
