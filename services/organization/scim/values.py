"""Normalization of the values that clients send, to the form of the schema.

Identity providers deviate from the schemas in small ways: names in other case, `"False"` for a boolean, the id of a
manager instead of an object. These forms are accepted. Attributes that no schema defines are not stored.
"""

from collections.abc import Mapping
from typing import Any

from services.organization.scim.messages import VALUE_NOT_UNDERSTOOD
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.schema import Attribute, AttributeType, ResourceType

MEMBERS = "members"
LONGEST_TEXT = 10_000
"""Maximum number of characters in a text."""
MOST_VALUES = 1_000
"""Maximum number of values of a multi-valued attribute, except the members of a group."""
LONGEST_SHOWN = 60
_BOOLEANS = {"true": True, "false": False}

Content = dict[str, Any]
"""A resource: its values by the attribute names of the schema."""


def resource_of(resource_type: ResourceType, body: Any) -> Content:
    """Normalize a complete resource that a client sends; raises `ScimRefusedError` if it is invalid."""
    if not isinstance(body, dict):
        raise refused("the body", "it is no object")
    content = object_of(resource_type.common, body)
    for extension in resource_type.extensions:
        part = next((each for name, each in body.items() if name.lower() == extension.id.lower()), None)
        if part is not None:
            if not isinstance(part, dict):
                raise refused(extension.id, "it is no object")
            if cleaned := object_of(extension.by_name, part):
                content[extension.id] = cleaned
    require_complete(resource_type, content)
    return content


def require_complete(resource_type: ResourceType, content: Content) -> None:
    """Raise `ScimRefusedError` for a resource without a required attribute."""
    for each in resource_type.schema.attributes:
        if each.required and not content.get(each.name):
            raise refused(each.name, "it is required")


def object_of(attributes: Mapping[str, Attribute], sent: Mapping[str, Any]) -> Content:
    """Normalize an object. Attributes that are unknown, read-only or without a value are left out."""
    found: Content = {}
    for name, value in sent.items():
        attribute = attributes.get(name.lower())
        if attribute is None or attribute.is_read_only:
            continue
        cleaned = value_of(attribute, value)
        if cleaned is not None:
            found[attribute.name] = cleaned
    return found


def value_of(attribute: Attribute, sent: Any) -> Any:
    """Normalize the value or values of an attribute; `None` if there is none."""
    if not attribute.multi_valued:
        return single_value_of(attribute, sent[0] if isinstance(sent, list) and len(sent) == 1 else sent)
    given = sent if isinstance(sent, list) else [sent]
    if len(given) > MOST_VALUES and attribute.name != MEMBERS:
        raise refused(attribute.name, f"it has more than {MOST_VALUES:,} values")
    values = [single_value_of(attribute, each) for each in given]
    return _with_one_primary([each for each in values if each is not None]) or None


def single_value_of(attribute: Attribute, sent: Any) -> Any:
    """Normalize one value of an attribute; raises `ScimRefusedError` for a value of another type."""
    if sent is None:
        return None
    if attribute.type is AttributeType.COMPLEX:
        if isinstance(sent, str) and "value" in attribute.by_name:
            sent = {"value": sent} if sent else {}
        if not isinstance(sent, dict):
            raise refused(attribute.name, f"{_shown(sent)} is no object")
        return object_of(attribute.by_name, sent) or None
    if attribute.type is AttributeType.BOOLEAN:
        value = sent if isinstance(sent, bool) else _BOOLEANS.get(str(sent).strip().lower())
        if value is None:
            raise refused(attribute.name, f"{_shown(sent)} is neither true nor false")
        return value
    if isinstance(sent, int | float) and not isinstance(sent, bool):
        sent = str(sent)
    if not isinstance(sent, str):
        raise refused(attribute.name, f"{_shown(sent)} is no text")
    if len(sent) > LONGEST_TEXT:
        raise refused(attribute.name, f"it has more than {LONGEST_TEXT:,} characters")
    if "\x00" in sent:
        raise refused(attribute.name, "it has the character NUL in it")
    return sent


def refused(attribute: str, problem: str) -> ScimRefusedError:
    """The error for an invalid value."""
    return ScimRefusedError(
        VALUE_NOT_UNDERSTOOD, attribute=attribute[:LONGEST_SHOWN], problem=problem, scim_type="invalidValue"
    )


def _with_one_primary(values: list[Any]) -> list[Any]:
    """The values, of which only the last one marked as primary remains primary."""
    primary = [each for each in values if isinstance(each, dict) and each.get("primary") is True]
    for each in primary[:-1]:
        each["primary"] = False
    return values


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
