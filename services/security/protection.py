"""What open metadata says about the protection of an element, in a form that does not depend on who said it, or how.

Four classifications of the open metadata types (0422 to 0424) tell it; `AssetZoneMembership` is what older metadata
servers call `ZoneMembership`.
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
"""What protected elements are read from."""
_NAMES = ("displayName", "resourceName", "fileName", "pathName")
_WHOLE = int | None
"""A number, which some clients send as a text."""

T = TypeVar("T")


class Protection(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is asked for one element by itself; what its parents ask for is said there."""

    zones: tuple[str, ...] = ()
    """The governance zones it belongs to, in order."""
    owner: str = ""
    owner_type_name: str = ""
    """The type of the element that the owner is, as `Person`."""
    owner_property_name: str = ""
    """The property of that element that `owner` is the value of, as `qualifiedName`."""
    confidentiality_level: int | None = None
    """`Confidentiality.levelIdentifier`: the greater, the more confidential; 0 is not confidential at all."""
    confidentiality_status: int | None = None
    """`Confidentiality.statusIdentifier`: how far the level has been decided."""
    security_labels: tuple[str, ...] = ()
    """In order."""
    security_properties: dict[str, Any] = {}
    access_groups: dict[str, tuple[str, ...]] = {}
    """By group, what it may do, in order."""
    unreadable: tuple[str, ...] = ()
    """What has another form than its type gives it, as `SecurityTags.accessGroups`, and is left out here. Nobody can
    tell what was meant: whoever grants access on the word of open metadata grants none."""


class Parent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an element is a part of."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    protection: Protection = Protection()


class ProtectedElement(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An element that carries one of the classifications."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    """The last part of its name, as a third party has it; its qualified name if it has no other."""
    path_name: str = ""
    """The whole path of a file or folder."""
    metadata_source: str = ""
    protection: Protection
    parents: tuple[Parent, ...] = ()
    """What it is a part of, nearest first: table, schema and database of a column, folders of a file."""


class ProtectionSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Which protected elements are read."""

    type_name: str | None = None
    """The type of the elements; its subtypes are included."""
    metadata_source: str | None = None
    include: tuple[str, ...] = ()
    """Shell patterns of qualified names; none: all."""
    exclude: tuple[str, ...] = ()

    def query(self, page_size: int) -> Query:
        """The query that finds them, and others whose names `has_name` excludes."""
        return Query(
            type_name=self.type_name,
            metadata_source=self.metadata_source,
            name_pattern=self.include[0] if len(self.include) == 1 else None,
            classifications=tuple(sorted(PROTECTIONS)),
            page_size=page_size,
        )

    def has_name(self, qualified_name: str) -> bool:
        """Whether elements of this name are selected."""
        return matches(qualified_name, self.include, self.exclude)


def display_name_of(record: ElementRecord) -> str:
    """What an element is called where it stands."""
    return next((text for name in _NAMES if (text := _text(record, name))), record.qualified_name)


def parent_of(record: ElementRecord) -> Parent:
    """An element as the parent of another."""
    return Parent(
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        display_name=display_name_of(record),
        protection=protection_of(record),
    )


def protected_element(record: ElementRecord, parents: tuple[Parent, ...]) -> ProtectedElement:
    """An element with what its classifications say of its protection."""
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
    """What the classifications of an element say of its protection."""
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
    """The properties of classifications, each by itself, so that one that cannot be read hides no other."""

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
