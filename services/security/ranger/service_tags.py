"""Conversion of protections to tags of Apache Ranger: the JSON document that Ranger's tag synchronization reads.

Format: `org.apache.ranger.plugin.util.ServiceTags` with `RangerTagDef`, `RangerTag` and `RangerServiceResource`.

    security label    a tag of that name
    confidentiality   the tag CONFIDENTIALITY with the attributes level and status
    zone              the tag ZONE with the attribute name
    unreadable        the tag UNREADABLE_PROTECTION, for a policy that denies access

The owner is the `ownerUser` of the resource. Access groups are left out, since Ranger grants access by policies of its
own. Identifiers count from 1 in the order of names, so equal content yields an equal document.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec

from services.metadata.types.registry import supertypes_of, types_by_name
from services.security.protection import ProtectedElement, Protection

PATH = "path"
"""The resource whose value is the full path of a file or folder."""
RESOURCES = {
    "DeployedDatabaseSchema": "database",
    "RelationalTable": "table",
    "RelationalColumn": "column",
    "DataFile": PATH,
    "FileFolder": PATH,
}
"""The resource of each type, outermost first, in Ranger's service definitions of Hive and HDFS."""
_SOURCE = "open-metadata"
_ATTRIBUTES = {"CONFIDENTIALITY": ("level", "status"), "ZONE": ("name",)}


class _Tag(NamedTuple):
    name: str
    attributes: tuple[tuple[str, str], ...] = ()


class _Resource(NamedTuple):
    elements: dict[str, Any]
    owner: str
    tags: tuple[_Tag, ...]


class ServiceTags:
    """The tags of the added elements. Memory use grows with their number."""

    def __init__(self, service_name: str, resources: Mapping[str, str]) -> None:
        """`resources` maps each type, with its subtypes, to a resource, outermost first."""
        self._service_name = service_name
        self._of_types = dict(resources)
        self._resources: dict[str, _Resource] = {}
        """By qualified name."""

    @property
    def count(self) -> int:
        """The number of resources."""
        return len(self._resources)

    def add(self, element: ProtectedElement) -> bool:
        """Add an element; false if the service has no resource for it, or its parents are unknown."""
        values = self._values(element)
        if values is None:
            return False
        tags, owner = _tags(element.protection), element.protection.owner
        if tags or owner:
            is_tree = element.type_name == "FileFolder"
            elements = {
                name: {"values": [value], "isExcludes": False, "isRecursive": is_tree} for name, value in values.items()
            }
            self._resources[element.qualified_name] = _Resource(elements, owner, tags)
        return True

    def content(self) -> bytes:
        """The encoded document."""
        tags = sorted({tag for each in self._resources.values() for tag in each.tags})
        ids = {tag: number for number, tag in enumerate(tags, 1)}
        definitions = sorted({tag.name for tag in tags})
        names = sorted(self._resources)
        document = {
            "op": "replace",
            "serviceName": self._service_name,
            "tagDefinitions": {str(number): _definition(number, name) for number, name in enumerate(definitions, 1)},
            "tags": {str(number): _shown(number, tag) for tag, number in ids.items()},
            "serviceResources": [self._resource(number, name) for number, name in enumerate(names, 1)],
            "resourceToTagIds": {
                str(number): [ids[tag] for tag in self._resources[name].tags] for number, name in enumerate(names, 1)
            },
            "isDelta": False,
        }
        return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"

    def _resource(self, number: int, name: str) -> dict[str, Any]:
        resource = self._resources[name]
        return {
            "id": number,
            "guid": str(uuid5(NAMESPACE_URL, f"{self._service_name}\n{name}")),
            "serviceName": self._service_name,
            "resourceElements": resource.elements,
            **({"ownerUser": resource.owner} if resource.owner else {}),
            "additionalInfo": {"qualifiedName": name},
        }

    def _values(self, element: ProtectedElement) -> dict[str, str] | None:
        """The values of the element's resource and of all enclosing resources; `None` if one is unknown."""
        own = self._resource_of(element.type_name)
        if own == PATH:
            return {PATH: element.path_name} if element.path_name else None
        levels = [each for each in dict.fromkeys(self._of_types.values()) if each != PATH]
        if own is None:
            return None
        found = {own: element.display_name}
        for parent in element.parents:
            resource = self._resource_of(parent.type_name)
            if resource is not None and resource != PATH:
                found.setdefault(resource, parent.display_name)
        wanted = levels[: levels.index(own) + 1]
        return {each: found[each] for each in wanted} if found.keys() >= set(wanted) else None

    def _resource_of(self, type_name: str) -> str | None:
        above = supertypes_of(type_name) if type_name in types_by_name() else []
        return next((self._of_types[each] for each in (type_name, *above) if each in self._of_types), None)


def _tags(protection: Protection) -> tuple[_Tag, ...]:
    tags = [_Tag(each) for each in protection.security_labels]
    level = (("level", protection.confidentiality_level), ("status", protection.confidentiality_status))
    if given := tuple((name, str(value)) for name, value in level if value is not None):
        tags.append(_Tag("CONFIDENTIALITY", given))
    tags += [_Tag("ZONE", (("name", each),)) for each in protection.zones]
    if protection.unreadable:
        tags.append(_Tag("UNREADABLE_PROTECTION"))
    return tuple(tags)


def _definition(number: int, name: str) -> dict[str, Any]:
    attributes = [{"name": each, "type": "string"} for each in _ATTRIBUTES.get(name, ())]
    return {"id": number, "name": name, "source": _SOURCE, "attributeDefs": attributes}


def _shown(number: int, tag: _Tag) -> dict[str, Any]:
    return {"id": number, "type": tag.name, "attributes": dict(tag.attributes)}
