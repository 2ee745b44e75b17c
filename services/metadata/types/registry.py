"""The types by name."""

import importlib
from functools import cache

from services.errors import InvalidParameterError
from services.metadata.messages import UNKNOWN_TYPE
from services.metadata.types.base import OpenMetadataRoot

_AREAS = (
    "base",
    "files",
    "relational",
    "tabular",
    "lineage",
    "glossary",
    "people",
    "servers",
    "connectors",
    "events",
    "displays",
)


@cache
def types_by_name() -> dict[str, type[OpenMetadataRoot]]:
    """Every known type, by its name."""
    for area in _AREAS:
        importlib.import_module(f"services.metadata.types.{area}")
    found: dict[str, type[OpenMetadataRoot]] = {}
    ahead = [OpenMetadataRoot]
    while ahead:
        kind = ahead.pop()
        found[kind.type_name()] = kind
        ahead += kind.__subclasses__()
    return found


@cache
def subtypes_of(name: str) -> tuple[str, ...]:
    """A type and all its subtypes; raises `InvalidParameterError` for an unknown type."""
    kind = type_named(name)
    return tuple(sorted(each for each, candidate in types_by_name().items() if issubclass(candidate, kind)))


def supertypes_of(name: str) -> list[str]:
    """The supertypes of a type, nearest first; raises `InvalidParameterError` for an unknown type."""
    return [kind.type_name() for kind in type_named(name).__mro__[1:] if issubclass(kind, OpenMetadataRoot)]


def type_named(name: str) -> type[OpenMetadataRoot]:
    """The Struct of a type; raises `InvalidParameterError` for an unknown type."""
    try:
        return types_by_name()[name]
    except KeyError:
        raise InvalidParameterError(UNKNOWN_TYPE, type_name=name) from None
