"""The types of Iceberg columns as text, and the columns that are nested in others (Iceberg table specification)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from services.catalog.iceberg.wire import Field

MOST_NESTED = 32
"""Maximum depth of nested columns that are decoded."""


class Column(NamedTuple):
    """A column, or a nested part of a column."""

    path: tuple[str, ...]
    """The names of the enclosing columns, followed by the name of the column itself."""
    id: int | None
    data_type: str
    required: bool
    doc: str | None
    position: int


def columns_of(fields: list[Field]) -> Iterator[Column]:
    """All columns, each followed by its nested columns."""
    for position, field in enumerate(fields):
        path = (field.name,)
        yield Column(path, field.id, type_text(field.type), field.required, field.doc or None, position)
        yield from _nested(path, field.type)


def type_text(kind: Any, depth: int = 0) -> str:
    """A type as SQL engines write it: `decimal(9, 2)`, `list<string>`, `struct<name: string>`."""
    if not isinstance(kind, dict) or depth == MOST_NESTED:
        return kind if isinstance(kind, str) else "nested"
    if kind.get("type") == "list":
        return f"list<{type_text(kind.get('element'), depth + 1)}>"
    if kind.get("type") == "map":
        return f"map<{type_text(kind.get('key'), depth + 1)}, {type_text(kind.get('value'), depth + 1)}>"
    if kind.get("type") == "struct":
        parts = (f"{each.get('name')}: {type_text(each.get('type'), depth + 1)}" for each in _fields(kind))
        return f"struct<{', '.join(parts)}>"
    return "nested"


def _nested(path: tuple[str, ...], kind: Any) -> Iterator[Column]:
    """The nested columns of a column of this type. The type is not validated: clients of the catalogue wrote it."""
    if not isinstance(kind, dict) or len(path) == MOST_NESTED:
        return
    if kind.get("type") == "struct":
        for position, each in enumerate(_fields(kind)):
            name, is_required = str(each.get("name", "")), each.get("required") is True
            yield from _part((*path, name), each.get("id"), each.get("type"), is_required, each.get("doc"), position)
    elif kind.get("type") in ("list", "map"):
        parts = ("element",) if kind["type"] == "list" else ("key", "value")
        for position, part in enumerate(parts):
            is_required = part == "key" or kind.get(f"{part}-required") is True
            nested = kind.get(part)
            if part == "element" or part == "value" or isinstance(nested, dict):
                yield from _part((*path, part), kind.get(f"{part}-id"), nested, is_required, None, position)


def _part(path: tuple[str, ...], number: Any, kind: Any, required: bool, doc: Any, position: int) -> Iterator[Column]:
    yield Column(
        path,
        number if isinstance(number, int) else None,
        type_text(kind),
        required,
        doc if isinstance(doc, str) and doc else None,
        position,
    )
    yield from _nested(path, kind)


def _fields(kind: dict[str, Any]) -> list[dict[str, Any]]:
    fields = kind.get("fields")
    return [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
