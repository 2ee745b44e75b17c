"""Checks the conditions of a query that the server does not support."""

import re
import unicodedata
from collections.abc import Callable
from fnmatch import translate

from services.metadata.changes import Query
from services.metadata.element import ElementRecord, ElementStatus
from services.metadata.remote.egeria.names import both_forms
from services.metadata.types.registry import subtypes_of

_NAMES = ("qualifiedName", "displayName", "name", "fileName", "pathName")
_TEXTS = (*_NAMES, "description")
_WORD = re.compile(r"\w+\*?")

Matches = Callable[[ElementRecord], bool]


def conditions(query: Query) -> list[Matches]:
    """The conditions of a query, each of which an element must meet.

    Raises `InvalidParameterError` for an unknown type.
    """
    found: list[Matches] = []
    if not query.include_archived:
        found.append(lambda record: record.status is ElementStatus.ACTIVE)
    if query.type_name is not None:
        kinds = frozenset(subtypes_of(query.type_name))
        found.append(lambda record: record.type_name in kinds)
    if query.qualified_name is not None:
        names = frozenset(both_forms(query.qualified_name))
        found.append(lambda record: record.properties.get("qualifiedName") in names)
    if query.metadata_source is not None:
        found.append(lambda record: record.metadata_source == query.metadata_source)
    if query.property_values:
        wanted = query.property_values.items()
        found.append(lambda record: all(_equal(record.properties.get(name), value) for name, value in wanted))
    if query.classifications:
        carried = frozenset(query.classifications)
        found.append(lambda record: not carried.isdisjoint(record.classifications))
    if (since := query.updated_since) is not None:
        found.append(lambda record: (record.update_time or record.create_time) >= since)
    if query.name_pattern is not None:
        found.append(_named(query.name_pattern))
    if query.text is not None:
        found.append(_worded(query.text))
    return found


def _equal(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _named(pattern: str) -> Matches:
    matches = re.compile(translate(pattern.replace("[^", "[!"))).match
    return lambda record: any(
        isinstance(name := record.properties.get(each), str) and matches(name) is not None for each in _NAMES
    )


def _worded(text: str) -> Matches:
    wanted = _WORD.findall(_plain(text))

    def meets(record: ElementRecord) -> bool:
        texts = (record.properties.get(each) for each in _TEXTS)
        words = {word for each in texts if isinstance(each, str) for word in re.findall(r"[^\W_]+", _plain(each))}
        return all(_is_among(each, words) for each in wanted)

    return meets


def _is_among(wanted: str, words: set[str]) -> bool:
    parts = re.findall(r"[^\W_]+", wanted)
    if not wanted.endswith("*"):
        return all(each in words for each in parts)
    *whole, last = parts or [""]
    return all(each in words for each in whole) and any(word.startswith(last) for word in words)


def _plain(text: str) -> str:
    """A text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()
