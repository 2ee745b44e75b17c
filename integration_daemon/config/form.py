"""Compares the form of a document's plain content with the fields that the Structs declare, at any depth."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from integration_daemon.config.problem import Problem, ProblemSeverity
from services.near_names import nearest


def unknown_fields(raw: Any, kind: Any, path: str = "$") -> Iterator[Problem]:
    """The fields of plain content that its type does not have, each with the most similar known name."""
    struct, holder = _struct_in(kind)
    if struct is None:
        return
    if holder is list and isinstance(raw, list):
        for index, each in enumerate(raw):
            yield from unknown_fields(each, struct, f"{path}[{index}]")
    elif holder is dict and isinstance(raw, dict):
        for name, each in raw.items():
            yield from unknown_fields(each, struct, f"{path}.{name}")
    elif holder is None and isinstance(raw, dict):
        yield from _unknown_in(raw, _fields(struct), path)


def _unknown_in(raw: Mapping[str, Any], fields: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for name, value in raw.items():
        if name in fields:
            yield from unknown_fields(value, fields[name], f"{path}.{name}")
        else:
            text = "this field is not known and is ignored"
            yield Problem(f"{path}.{name}", text, nearest(name, fields), ProblemSeverity.WARNING)


@cache
def _fields(struct: type[msgspec.Struct]) -> Mapping[str, Any]:
    """The types of a Struct's fields, by their names in a document."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


@cache
def _struct_in(kind: Any) -> tuple[Any, Any]:
    """The Struct in a field, and its container: a list, an object with any names, or none."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, None
    origin = get_origin(kind)
    for argument in get_args(kind):
        struct, holder = _struct_in(argument)
        if struct is not None:
            return struct, {list: list, tuple: list, dict: dict}.get(origin, holder)
    return None, None
