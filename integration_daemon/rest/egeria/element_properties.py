"""Converts between plain property values and Egeria's `ElementProperties`, which have a type for each value."""

from datetime import UTC, datetime
from typing import Any

from integration_daemon.rest.body import not_understood
from services.metadata.egeria.times import GREATEST_TIME
from services.metadata.storable import MOST_NESTED, require_value

LONGEST_INDEX = 10
"""The largest number of digits of an array index."""
_PRIMITIVES: dict[type, tuple[str, str]] = {
    str: ("string", "OM_PRIMITIVE_TYPE_STRING"),
    bool: ("boolean", "OM_PRIMITIVE_TYPE_BOOLEAN"),
    int: ("long", "OM_PRIMITIVE_TYPE_LONG"),
    float: ("double", "OM_PRIMITIVE_TYPE_DOUBLE"),
}


def to_element_properties(values: dict[str, Any]) -> dict[str, Any]:
    """Convert plain values to Egeria's form; null values are left out."""
    return {
        "class": "ElementProperties",
        "propertyValueMap": {name: _typed(value) for name, value in values.items() if value is not None},
    }


def from_element_properties(properties: Any, place: str = "$.properties") -> dict[str, Any]:
    """The plain values in Egeria's form, or in a plain map of values.

    Raises `InvalidParameterError`, with the place in the body, for other values and for values that cannot be stored.
    """
    values = _untyped(properties, place, 0)
    require_value(place, values)
    return values


def plain_value(value: Any, place: str) -> Any:
    """One value, from Egeria's form or plain; raises as `from_element_properties` does."""
    plain = _plain(value, place, 0)
    require_value(place, plain)
    return plain


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"class": "MapTypePropertyValue", "mapValues": to_element_properties(value)}
    if isinstance(value, list):
        items = {str(index): item for index, item in enumerate(value)}
        return {
            "class": "ArrayTypePropertyValue",
            "arrayCount": len(value),
            "arrayValues": to_element_properties(items),
        }
    type_name, category = _PRIMITIVES.get(type(value), _PRIMITIVES[str])
    return {
        "class": "PrimitiveTypePropertyValue",
        "typeName": type_name,
        "primitiveTypeCategory": category,
        "primitiveValue": value,
    }


def _untyped(properties: Any, place: str, depth: int) -> dict[str, Any]:
    if properties is None:
        return {}
    if not isinstance(properties, dict):
        raise not_understood(place, "it must be an object")
    values = properties.get("propertyValueMap")
    if values is None:
        return {name: value for name, value in properties.items() if name not in ("class", "propertyValueMap")}
    place += ".propertyValueMap"
    if not isinstance(values, dict):
        raise not_understood(place, "it must be an object")
    return {name: _plain(value, f"{place}.{name}", depth) for name, value in values.items()}


def _plain(value: Any, place: str, depth: int) -> Any:
    if not isinstance(value, dict):
        return value
    if depth > MOST_NESTED:
        raise not_understood(place, f"it is nested more than {MOST_NESTED} levels deep")
    match value.get("class"):
        case "MapTypePropertyValue":
            return _untyped(value.get("mapValues"), place + ".mapValues", depth + 1)
        case "ArrayTypePropertyValue":
            return _items(_untyped(value.get("arrayValues"), place + ".arrayValues", depth + 1), place)
        case "EnumTypePropertyValue":
            return value.get("symbolicName")
        case _:
            content = value.get("primitiveValue")
            return _time(content) if value.get("typeName") == "date" else content


def _time(value: Any) -> Any:
    """The ISO 8601 form of a time that was sent in milliseconds since the epoch; any other value unchanged."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= GREATEST_TIME:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
    return value


def _items(values: dict[str, Any], place: str) -> list[Any]:
    for name in values:
        if not (name.isascii() and name.isdecimal() and len(name) < LONGEST_INDEX):
            raise not_understood(f"{place}.arrayValues", f"the items of a list are numbered, and {name[:60]!r} is not")
    return [values[name] for name in sorted(values, key=int)]
