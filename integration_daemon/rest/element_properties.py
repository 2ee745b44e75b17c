"""Between plain property values and the ecosystem's `ElementProperties`, which carry a type with each value."""

from typing import Any

_PRIMITIVES: dict[type, tuple[str, str]] = {
    str: ("string", "OM_PRIMITIVE_TYPE_STRING"),
    bool: ("boolean", "OM_PRIMITIVE_TYPE_BOOLEAN"),
    int: ("long", "OM_PRIMITIVE_TYPE_LONG"),
    float: ("double", "OM_PRIMITIVE_TYPE_DOUBLE"),
}


def to_element_properties(values: dict[str, Any]) -> dict[str, Any]:
    """Plain values in the ecosystem's form; values that are null are left out."""
    return {
        "class": "ElementProperties",
        "propertyValueMap": {name: _typed(value) for name, value in values.items() if value is not None},
    }


def from_element_properties(properties: dict[str, Any] | None) -> dict[str, Any]:
    """The plain values in the ecosystem's form, or in a plain map of values."""
    if not properties:
        return {}
    values = properties.get("propertyValueMap")
    if not isinstance(values, dict):
        return {name: value for name, value in properties.items() if name != "class"}
    return {name: _plain(value) for name, value in values.items()}


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


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    match value.get("class"):
        case "MapTypePropertyValue":
            return from_element_properties(value.get("mapValues"))
        case "ArrayTypePropertyValue":
            items = from_element_properties(value.get("arrayValues"))
            return [items[key] for key in sorted(items, key=int)]
        case "EnumTypePropertyValue":
            return value.get("symbolicName")
        case _:
            return value.get("primitiveValue")
