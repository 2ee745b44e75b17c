"""Conversion of property values between JSON and the server's form, which includes the type of each value."""

from datetime import UTC, datetime
from typing import Any

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.remote.egeria.wire import Values

DATES = frozenset({"storeCreateTime", "storeUpdateTime", "archiveDate", "startDate", "stopDate", "stopTime"})
"""Properties that are texts in ISO 8601 in this program, and milliseconds since the epoch at the server."""
_LARGEST_INT = 2**31 - 1


def encoded(name: str, value: Any) -> Values:
    """A value in the server's form."""
    if name in DATES and isinstance(value, str):
        return _primitive("date", milliseconds(name, value))
    if isinstance(value, str):
        return _primitive("string", value)
    if isinstance(value, bool):
        return _primitive("boolean", value)
    if isinstance(value, int):
        return _primitive("int" if abs(value) <= _LARGEST_INT else "long", value)
    if isinstance(value, float):
        return _primitive("double", value)
    if isinstance(value, list):
        items = {str(number): encoded("", item) for number, item in enumerate(value)}
        return {
            "class": "ArrayTypePropertyValue",
            "typeName": "array<string>",
            "arrayCount": len(items),
            "arrayValues": _properties(items),
        }
    if isinstance(value, dict):
        entries = {key: encoded("", item) for key, item in value.items()}
        return {"class": "MapTypePropertyValue", "typeName": "map<string,string>", "mapValues": _properties(entries)}
    raise InvalidParameterError(messages.VALUE_NOT_USABLE, place=name, problem="it has no value")


def all_encoded(values: dict[str, Any]) -> Values:
    """Properties in the server's form, without those that have no value."""
    return {name: encoded(name, value) for name, value in values.items() if value is not None}


def as_body(values: Values) -> Values:
    """Encoded properties in the form of a request."""
    return _properties(values)


def decoded(value: Values) -> Any:
    """A value from the server's form."""
    kind = value.get("class")
    if kind == "MapTypePropertyValue":
        return all_decoded((value.get("mapValues") or {}).get("propertyValueMap") or {})
    if kind == "ArrayTypePropertyValue":
        items = (value.get("arrayValues") or {}).get("propertyValueMap") or {}
        return [decoded(items[index]) for index in sorted(items, key=int)]
    if kind == "EnumTypePropertyValue":
        return value.get("symbolicName")
    content = value.get("primitiveValue")
    if value.get("typeName") == "date" and isinstance(content, int):
        at = datetime.fromtimestamp(content / 1000, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{content % 1000:03}+00:00"
    return content


def all_decoded(values: Values) -> dict[str, Any]:
    """Properties from the server's form."""
    return {name: decoded(value) for name, value in values.items()}


def _primitive(kind: str, value: object) -> Values:
    return {
        "class": "PrimitiveTypePropertyValue",
        "typeName": kind,
        "primitiveTypeCategory": f"OM_PRIMITIVE_TYPE_{kind.upper()}",
        "primitiveValue": value,
    }


def _properties(values: Values) -> Values:
    return {"class": "ElementProperties", "propertyValueMap": values}


def milliseconds(name: str, text: str) -> int:
    """A time as the server keeps it: in milliseconds since the epoch."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidParameterError(messages.VALUE_NOT_USABLE, place=name, problem="it is no time") from None
