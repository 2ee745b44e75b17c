"""The protection of elements in open metadata, in a form that does not depend on its source.

The protection is stated by four classifications of the open metadata types (0422 to 0424); `AssetZoneMembership` is the
name of `ZoneMembership` in older metadata servers.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from services.framework.patterns import matches
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from services.metadata.types.classifications import PROTECTIONS

PROTECTED = (
    "SecurityTags, Confidentiality, ZoneMembership, AssetZoneMembership, Ownership, NestedSchemaAttribute, "
    "AttributeForSchema, Schema, DataSetContent, NestedFile, FolderHierarchy"
)
"""The classifications and relationships from which protected elements are read."""
_NAMES = ("displayName", "resourceName", "fileName", "pathName")
_WHOLE = int | None
"""An integer, which some clients send as a text."""

T = TypeVar("T")


class Protection(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The protection of one element itself, without that of its parents."""

    zones: tuple[str, ...] = ()
    """The governance zones of the element, sorted."""
    owner: str = ""
    owner_type_name: str = ""
    """The type of the element that represents the owner, such as `Person`."""
    owner_property_name: str = ""
    """The property of that element whose value is `owner`, such as `qualifiedName`."""
    confidentiality_level: int | None = None
    """`Confidentiality.levelIdentifier`: a higher level is more confidential; 0 is not confidential."""
    confidentiality_status: int | None = None
    """`Confidentiality.statusIdentifier`: the status of the decision on the level."""
    security_labels: tuple[str, ...] = ()
    """Sorted."""
    security_properties: dict[str, Any] = {}
    access_groups: dict[str, tuple[str, ...]] = {}
    """The permissions of each group, sorted."""
    unreadable: tuple[str, ...] = ()
    """Properties that are left out because their values do not conform to their types, as `SecurityTags.accessGroups`.
    Their meaning is unknown, so an enforcement point that relies on open metadata must not grant access."""


class Parent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An element that contains another one."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    protection: Protection = Protection()


class ProtectedElement(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An element with one of the classifications."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    """The last part of its name in the third party; the qualified name if it has no other name."""
    path_name: str = ""
    """The full path of a file or folder."""
    metadata_source: str = ""
    protection: Protection
    parents: tuple[Parent, ...] = ()
    """Its parents, nearest first: the table, schema and database of a column, or the folders of a file."""


class ProtectionSelection(msgspec.Struct, frozen=True, kw_only=True):
    """A selection of protected elements."""

    type_name: str | None = None
    """The type of the elements; its subtypes are included."""
    metadata_source: str | None = None
    include: tuple[str, ...] = ()
    """Shell patterns of qualified names; empty: all elements."""
    exclude: tuple[str, ...] = ()

    def query(self, page_size: int) -> Query:
        """The query for the elements; its result may include others, which `has_name` excludes."""
        return Query(
            type_name=self.type_name,
            metadata_source=self.metadata_source,
            name_pattern=self.include[0] if len(self.include) == 1 else None,
            classifications=tuple(sorted(PROTECTIONS)),
            page_size=page_size,
        )

    def has_name(self, qualified_name: str) -> bool:
        """True if elements with this name are selected."""
        return matches(qualified_name, self.include, self.exclude)


def display_name_of(record: ElementRecord) -> str:
    """The name of an element within its parent."""
    return next((text for name in _NAMES if (text := _text(record, name))), record.qualified_name)


def parent_of(record: ElementRecord) -> Parent:
    """Convert an element to a parent."""
    return Parent(
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        display_name=display_name_of(record),
        protection=protection_of(record),
    )


def protected_element(record: ElementRecord, parents: tuple[Parent, ...]) -> ProtectedElement:
    """Convert an element and its parents to a protected element."""
    return ProtectedElement(
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        display_name=display_name_of(record),
        path_name=_text(record, "pathName"),
        metadata_source=record.metadata_source,
        protection=protection_of(record),
        parents=parents,
    )


def protection_of(record: ElementRecord) -> Protection:
    """The protection that the classifications of an element state."""
    if PROTECTIONS.isdisjoint(record.classifications):
        return Protection()
    read = _Reading(record.classifications)
    zones: list[str] = [
        *read.value("ZoneMembership", "zoneMembership", list[str], []),
        *read.value("AssetZoneMembership", "zoneMembership", list[str], []),
    ]
    labels: list[str] = read.value("SecurityTags", "securityLabels", list[str], [])
    groups: dict[str, list[str]] = read.value("SecurityTags", "accessGroups", dict[str, list[str]], {})
    return Protection(
        zones=_in_order(zones),
        owner=read.value("Ownership", "owner", str, ""),
        owner_type_name=read.value("Ownership", "ownerTypeName", str, ""),
        owner_property_name=read.value("Ownership", "ownerPropertyName", str, ""),
        confidentiality_level=read.value("Confidentiality", "levelIdentifier", _WHOLE, None),
        confidentiality_status=read.value("Confidentiality", "statusIdentifier", _WHOLE, None),
        security_labels=_in_order(labels),
        security_properties=read.value("SecurityTags", "securityProperties", dict[str, Any], {}),
        access_groups={group: _in_order(groups[group]) for group in sorted(groups)},
        unreadable=tuple(sorted(read.unreadable)),
    )


def _text(record: ElementRecord, name: str) -> str:
    value = record.properties.get(name)
    return value if isinstance(value, str) else ""


class _Reading:
    """Reads properties of classifications one by one, so that an unreadable property does not affect the others."""

    def __init__(self, classifications: Mapping[str, Mapping[str, Any]]) -> None:
        self._classifications = classifications
        self.unreadable: list[str] = []

    def value(self, classification: str, name: str, kind: Any, absent: T) -> T:
        given = self._classifications.get(classification, {}).get(name)
        if given is None:
            return absent
        try:
            found: T = msgspec.convert(given, kind, strict=kind is not _WHOLE)
        except msgspec.ValidationError:
            self.unreadable.append(f"{classification}.{name}")
            return absent
        return found


def _in_order(texts: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
