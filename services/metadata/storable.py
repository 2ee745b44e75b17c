"""Validation of the values that a store can keep and search for.

Every store validates values before it writes them: an element that cannot be read back would make each page that
contains it unreadable.
"""

import re
from typing import Any

import msgspec

from audit.safe_text import has_lone_surrogate
from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.bounds import GREATEST, LEAST
from services.metadata.changes import Change, Classify, Declassify, Put, Query, Relate, Remove, Unrelate
from services.metadata.element import MetadataSource
from services.metadata.types.registry import types_by_name

MOST_NESTED = 64
"""Maximum nesting depth of objects and lists in a value."""
LONGEST_SEARCH = 4_000
"""Maximum number of characters in a search pattern or text."""

_properties = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode
_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_CURSOR = re.compile(r"[0-9]{1,18}")
"""The id of the last element examined."""


def require_source(source: MetadataSource) -> None:
    """Raise `InvalidParameterError` for a metadata source that cannot be registered."""
    if not source.qualified_name:
        raise _not_usable("qualifiedName", "a metadata source needs a name")
    if source.type_name not in types_by_name():
        raise InvalidParameterError(messages.UNKNOWN_TYPE, type_name=source.type_name)


def require_page(after: int, limit: int) -> None:
    """Raise `InvalidParameterError` if the numbers do not specify a page of changes."""
    if not 0 <= after <= GREATEST:
        raise _not_usable("after", f"it must be from 0 to {GREATEST}")
    if not 1 <= limit <= GREATEST:
        raise _not_usable("limit", f"it must be from 1 to {GREATEST}")


def require_query(query: Query) -> None:
    """Raise `InvalidParameterError` for a query that no store can answer, naming the condition."""
    if query.cursor is not None and not _CURSOR.fullmatch(query.cursor):
        raise _not_usable("cursor", "it must be one that a page of elements had")
    for name, number in (("startFrom", query.start_from), ("pageSize", query.page_size)):
        if not 0 <= number <= GREATEST:
            raise _not_usable(name, f"it must be from 0 to {GREATEST}")
    texts = {
        "qualifiedName": query.qualified_name,
        "namePattern": query.name_pattern,
        "text": query.text,
        "metadataSource": query.metadata_source,
    }
    for name, text in texts.items():
        _require_text(name, text or "")
    for name in ("namePattern", "text"):
        if len(texts[name] or "") > LONGEST_SEARCH:
            raise _not_usable(name, f"it is longer than {LONGEST_SEARCH} characters")
    if query.updated_since is not None:
        try:
            query.updated_since.timestamp()
        except (ValueError, OverflowError, OSError):
            raise _not_usable("updatedSince", "it is before the first time that can be told") from None
    for name in query.classifications:
        _require_text("classifications", name)
    for name, value in query.property_values.items():
        _require_text("propertyValues", name)
        _require_comparable(f"propertyValues.{name}", value)


def refusal(change: Change) -> InvalidParameterError | None:
    """The error of a change that cannot be stored, or `None` if it can."""
    try:
        if isinstance(change, Put):
            _require_put(change)
        elif isinstance(change, Relate | Classify) and change.properties:
            require_value("properties", change.properties)
    except InvalidParameterError as error:
        return error
    return None


def subject_of(change: Change) -> str:
    """The qualified name or source key of the element that a change affects."""
    if isinstance(change, Put | Classify | Declassify):
        return change.qualified_name
    if isinstance(change, Relate | Unrelate):
        return change.end1
    return change.source_key if isinstance(change, Remove) else change.scope


def _require_put(put: Put) -> None:
    if put.type_name not in types_by_name():
        raise InvalidParameterError(messages.UNKNOWN_TYPE, type_name=put.type_name)
    if not put.source_key:
        raise _not_usable("sourceKey", "an element needs a source key")
    encoded = bytes(put.properties)
    try:
        properties = _properties.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem, _, place = str(error).partition(" - at ")
        raise _not_usable("properties" + place.strip("`$"), problem) from None
    if not put.qualified_name or properties.get("qualifiedName") != put.qualified_name:
        raise _not_usable("properties.qualifiedName", "it must be the element's qualified name, and not empty")
    if _is_unusual(encoded):
        require_value("properties", properties)
    if put.classifications:
        _require_object("classifications", put.classifications)
    for number, link in enumerate(put.links):
        if link.properties:
            _require_object(f"links[{number}].properties", link.properties)


def _is_unusual(encoded: bytes) -> bool:
    """True if JSON may be deeply nested or contain a number of more than 64 bits, and must be examined."""
    if len(encoded) > 2 * MOST_NESTED and encoded.count(b"{") + encoded.count(b"[") > MOST_NESTED:
        return True
    return _LONG_NUMBER in encoded.translate(_AS_ZEROS)


def _require_object(place: str, value: dict[str, Any]) -> None:
    """`require_value` with a faster check first."""
    try:
        is_unusual = _is_unusual(_encode(value))
    except RecursionError:
        is_unusual = True
    if is_unusual:
        require_value(place, value)


def require_value(place: str, value: Any, depth: int = 0) -> None:
    """Raise `InvalidParameterError`, naming the place, for a value that properties cannot hold."""
    if isinstance(value, int) and not LEAST <= value <= GREATEST:
        raise _not_usable(place, "it is an integer of more than 64 bits")
    if isinstance(value, dict | list) and depth == MOST_NESTED:
        raise _not_usable(place, f"it is nested more than {MOST_NESTED} levels deep")
    if isinstance(value, dict):
        for name, each in value.items():
            require_value(f"{place}.{name}", each, depth + 1)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            require_value(f"{place}[{number}]", each, depth + 1)


def _require_comparable(place: str, value: Any) -> None:
    if isinstance(value, str):
        _require_text(place, value)
    elif isinstance(value, dict | list):
        raise _not_usable(place, "it can be compared with a text, a number, true, false or null alone")
    require_value(place, value)


def _require_text(place: str, text: str) -> None:
    if "\x00" in text:
        raise _not_usable(place, "it has the character NUL in it")
    if has_lone_surrogate(text):
        raise _not_usable(place, "it has a surrogate in it that stands alone")


def _not_usable(place: str, problem: str) -> InvalidParameterError:
    return InvalidParameterError(messages.VALUE_NOT_USABLE, place=place, problem=problem)
