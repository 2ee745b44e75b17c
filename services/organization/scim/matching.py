"""Evaluation of filters on resources."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from services.organization.scim.filter import (
    And,
    AttributePath,
    Comparison,
    Condition,
    Not,
    Operator,
    Or,
    ValueFilter,
)
from services.organization.scim.schema import Attribute, AttributeType, ResourceType

Value = Any
"""A JSON value."""


def matches(condition: Condition, resource_type: ResourceType, resource: Mapping[str, Value]) -> bool:
    """True if a resource meets a condition."""
    match condition:
        case Not():
            return not matches(condition.condition, resource_type, resource)
        case And():
            return all(matches(each, resource_type, resource) for each in condition.conditions)
        case Or():
            return any(matches(each, resource_type, resource) for each in condition.conditions)
        case ValueFilter():
            attribute, value = _found(resource_type, condition.path, resource)
            return attribute is not None and any(
                value_matches(condition.condition, attribute, each) for each in _values(value)
            )
        case Comparison():
            attribute, value = _found(resource_type, condition.path, resource)
            return attribute is not None and _compares(condition, attribute, condition.path.sub, value)


def value_matches(condition: Condition, attribute: Attribute, value: Value) -> bool:
    """True if one value of an attribute meets the condition of a value filter."""
    match condition:
        case Not():
            return not value_matches(condition.condition, attribute, value)
        case And():
            return all(value_matches(each, attribute, value) for each in condition.conditions)
        case Or():
            return any(value_matches(each, attribute, value) for each in condition.conditions)
        case Comparison():
            return _compares(condition, attribute, condition.path.name, value)
        case ValueFilter():
            return False


def comparisons(condition: Condition) -> Iterator[Comparison | ValueFilter]:
    """The comparisons in a condition, and its filters of values."""
    match condition:
        case Not():
            yield from comparisons(condition.condition)
        case And() | Or():
            for each in condition.conditions:
                yield from comparisons(each)
        case Comparison():
            yield condition
        case ValueFilter():
            yield condition
            yield from comparisons(condition.condition)


def _found(
    resource_type: ResourceType, path: AttributePath, resource: Mapping[str, Value]
) -> tuple[Attribute | None, Value]:
    if path.urn and path.urn.lower() != resource_type.schema.id.lower():
        extension = resource_type.extension(path.urn)
        attribute = extension.by_name.get(path.name.lower()) if extension is not None else None
        part = resource.get(extension.id) if extension is not None else None
        return attribute, part.get(attribute.name) if part and attribute is not None else None
    attribute = resource_type.common.get(path.name.lower())
    return attribute, resource.get(attribute.name) if attribute is not None else None


def _compares(comparison: Comparison, attribute: Attribute, sub: str, value: Value) -> bool:
    """Compare the values of an attribute or a sub-attribute; of a complex attribute, `value` is the default."""
    values = _values(value)
    if attribute.sub:
        if comparison.operator is Operator.PR and not sub:
            return bool(values)
        found = attribute.by_name.get((sub or "value").lower())
        if found is None:
            return False
        attribute, values = found, [each.get(found.name) for each in values if isinstance(each, dict)]
    present = [each for each in values if each is not None]
    if comparison.operator is Operator.PR:
        return bool(present)
    if comparison.operator is Operator.NE or comparison.value is None:
        is_equal = any(_holds(Operator.EQ, attribute, each, comparison.value) for each in present)
        if comparison.value is None:
            is_equal = not present
        return is_equal is (comparison.operator is not Operator.NE)
    return any(_holds(comparison.operator, attribute, each, comparison.value) for each in present)


def _holds(operator: Operator, attribute: Attribute, found: Value, wanted: Value) -> bool:
    left: Value = _comparable(attribute, found)
    right: Value = _comparable(attribute, wanted)
    if left is None or right is None or type(left) is not type(right):
        return False
    match operator:
        case Operator.EQ:
            return bool(left == right)
        case Operator.GT:
            return bool(left > right)
        case Operator.GE:
            return bool(left >= right)
        case Operator.LT:
            return bool(left < right)
        case Operator.LE:
            return bool(left <= right)
    if not isinstance(left, str):
        return False
    if operator is Operator.CO:
        return right in left
    return left.startswith(right) if operator is Operator.SW else left.endswith(right)


def _comparable(attribute: Attribute, value: Value) -> str | bool | datetime | None:
    """A value in the form for comparisons; `None` if it is of another type."""
    if attribute.type is AttributeType.BOOLEAN:
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if isinstance(value, bool | int | float):
        value = str(value)
    if not isinstance(value, str):
        return None
    if attribute.type is AttributeType.DATE_TIME:
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return None
        return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return value if attribute.case_exact else value.casefold()


def _values(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
