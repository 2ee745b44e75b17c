"""The filter language of SCIM (RFC 7644, 3.4.2.2), with bounds: any client that may send users may send filters."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from services.organization.scim.messages import FILTER_NOT_UNDERSTOOD
from services.organization.scim.refusal import ScimRefusedError

MOST_COMPARISONS = 50
DEEPEST = 10
"""Maximum depth of nested parentheses and brackets."""
LONGEST = 4_000
"""Maximum number of characters in a filter."""


class Operator(Enum):
    """The operators of comparisons."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    PR = "pr"


class AttributePath(NamedTuple):
    """The name of an attribute, such as `urn:...:User:manager.value`."""

    urn: str
    """The identifier of a schema; empty if the name has none."""
    name: str
    sub: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """A comparison of an attribute with a value."""

    path: AttributePath
    operator: Operator
    value: Any = None


class Not(msgspec.Struct, frozen=True):
    """The negation of a condition."""

    condition: "Condition"


class And(msgspec.Struct, frozen=True):
    """The conjunction of several conditions."""

    conditions: "tuple[Condition, ...]"


class Or(msgspec.Struct, frozen=True):
    """The disjunction of several conditions."""

    conditions: "tuple[Condition, ...]"


class ValueFilter(msgspec.Struct, frozen=True):
    """A condition on single values of a multi-valued attribute, such as `emails[type eq "work"]`."""

    path: AttributePath
    condition: "Condition"


Condition = Comparison | Not | And | Or | ValueFilter

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))""",
)
_NAME = re.compile(r"(?:(?P<urn>urn:[\w.:$-]*):)?(?P<name>\$?[A-Za-z][\w$-]*)(?:\.(?P<sub>\$?[A-Za-z][\w$-]*))?")


def parsed_filter(text: str) -> Condition:
    """Parse a filter; raises `ScimRefusedError` if it is invalid or too large."""
    if len(text) > LONGEST:
        raise _not_understood(f"it has more than {LONGEST:,} characters")
    parser = _Parser(list(_tokens(text)))
    condition = parser.disjunction(0)
    parser.require_end()
    return condition


def parsed_attribute_path(text: str) -> AttributePath | None:
    """Parse the name of an attribute; `None` if the text is not such a name."""
    found = _NAME.fullmatch(text)
    return AttributePath(found["urn"] or "", found["name"], found["sub"] or "") if found else None


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _not_understood(f"a text that begins at character {at + 1} does not end")
        yield found[found.lastgroup or 0]
        at = found.end()


class _Parser:
    """A recursive descent parser; its depth is bounded."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._comparisons = 0

    def disjunction(self, depth: int) -> Condition:
        found = [self._conjunction(depth)]
        while self._takes("or"):
            found.append(self._conjunction(depth))
        return found[0] if len(found) == 1 else Or(tuple(found))

    def require_end(self) -> None:
        if self._at < len(self._tokens):
            raise _not_understood(f"{self._tokens[self._at][:60]!r} was not expected")

    def _conjunction(self, depth: int) -> Condition:
        found = [self._negation(depth)]
        while self._takes("and"):
            found.append(self._negation(depth))
        return found[0] if len(found) == 1 else And(tuple(found))

    def _negation(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise _not_understood(f"it is nested more than {DEEPEST} deep")
        is_not = self._takes("not")
        if self._takes("("):
            condition = self.disjunction(depth + 1)
            self._require(")")
            return Not(condition) if is_not else condition
        if is_not:
            raise _not_understood("'(' was expected after not")
        path = self._path()
        if self._takes("["):
            condition = self.disjunction(depth + 1)
            self._require("]")
            return ValueFilter(path, condition)
        return self._comparison(path)

    def _comparison(self, path: AttributePath) -> Comparison:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise _not_understood(f"it has more than {MOST_COMPARISONS} comparisons")
        word = self._next()
        try:
            operator = Operator(word.lower())
        except ValueError:
            raise _not_understood(f"{word[:60]!r} is no operator") from None
        return Comparison(path, operator, None if operator is Operator.PR else self._value())

    def _value(self) -> Any:
        token = self._next()
        try:
            value = msgspec.json.decode(token if token.startswith('"') else token.lower())
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise _not_understood(f"{token[:60]!r} is no value in JSON") from None
        if isinstance(value, str | bool | int | float | None):
            return value
        raise _not_understood("a value is a text, a number, true, false or null")

    def _path(self) -> AttributePath:
        token = self._next()
        path = parsed_attribute_path(token)
        if path is None:
            raise _not_understood(f"{token[:60]!r} is no attribute")
        return path

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise _not_understood("it is cut off")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _require(self, mark: str) -> None:
        if not self._takes(mark):
            raise _not_understood(f"{mark!r} is missing")


def _not_understood(problem: str) -> ScimRefusedError:
    return ScimRefusedError(FILTER_NOT_UNDERSTOOD, problem=problem, scim_type="invalidFilter")
