"""The form of resources in the answers of the SCIM receiver: with URLs, and with the requested attributes."""

from collections.abc import Sequence
from typing import Any

from services.organization.scim.filter import AttributePath, parsed_attribute_path
from services.organization.scim.resources import ENTERPRISE, ResourceKind
from services.organization.scim.schema import ResourceType
from services.organization.scim.values import MEMBERS, Content

_ALWAYS = ("id", "schemas")
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def list_response(resources: Sequence[dict[str, Any]], *, total: int, start: int) -> dict[str, Any]:
    """An answer with several resources."""
    return {
        "schemas": [_LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def with_locations(resource: Content, base: str) -> Content:
    """A resource with its own URL, and the URLs of its members and its manager."""
    meta = resource["meta"]
    kind = ResourceKind.USER if meta["resourceType"] == "User" else ResourceKind.GROUP
    meta["location"] = f"{base}/{kind.value}/{resource['id']}"
    for member in resource.get(MEMBERS, ()):
        if "type" in member:
            member["$ref"] = f"{base}/{member['type']}s/{member['value']}"
    manager = resource.get(ENTERPRISE, {}).get("manager")
    if manager and "value" in manager:
        manager["$ref"] = f"{base}/{ResourceKind.USER.value}/{manager['value']}"
    return resource


def projected(resource_type: ResourceType, resource: Content, only: str, without: str) -> Content:
    """A resource with the requested attributes (RFC 7644, 3.9); all attributes without a request for some."""
    if only:
        shown: Content = {name: resource[name] for name in _ALWAYS}
        for path in _paths(only):
            _copy(resource_type, resource, shown, path)
        return shown
    for path in _paths(without):
        _leave_out(resource_type, resource, path)
    return resource


def _paths(names: str) -> list[AttributePath]:
    found = (parsed_attribute_path(each.strip()) for each in names.split(",") if each.strip())
    return [each for each in found if each is not None]


def _places(resource_type: ResourceType, path: AttributePath) -> tuple[str, str, str] | None:
    """The extension, attribute and sub-attribute of a path, spelled as in the schema; none for an unknown path."""
    whole = resource_type.extension(f"{path.urn}:{path.name}")
    if whole is not None:
        return whole.id, "", ""
    extension = resource_type.extension(path.urn)
    attributes = resource_type.common if extension is None else extension.by_name
    attribute = attributes.get(path.name.lower())
    if attribute is None or attribute.name in _ALWAYS:
        return None
    sub = attribute.by_name.get(path.sub.lower())
    return ("" if extension is None else extension.id), attribute.name, (sub.name if sub is not None else "")


def _copy(resource_type: ResourceType, resource: Content, shown: Content, path: AttributePath) -> None:
    places = _places(resource_type, path)
    if places is None:
        return
    urn, name, sub = places
    source = resource.get(urn, {}) if urn else resource
    target = shown.setdefault(urn, {}) if urn and source else shown
    if not name:
        target.update(source)
    elif name in source:
        target[name] = _only(source[name], sub) if sub else source[name]


def _leave_out(resource_type: ResourceType, resource: Content, path: AttributePath) -> None:
    places = _places(resource_type, path)
    if places is None:
        return
    urn, name, sub = places
    if not name:
        resource.pop(urn, None)
        return
    holder = resource.get(urn, {}) if urn else resource
    if not sub:
        holder.pop(name, None)
        return
    values = holder.get(name)
    for each in values if isinstance(values, list) else [values or {}]:
        each.pop(sub, None)


def _only(value: Any, sub: str) -> Any:
    if isinstance(value, list):
        return [_only(each, sub) for each in value]
    return {sub: value[sub]} if sub in value else {}
