"""The bodies of requests and responses, limited to the fields that are used."""

from datetime import datetime
from typing import Any

import msgspec

Values = dict[str, Any]
"""Property values in the server's form, by name."""


class Properties(msgspec.Struct, rename="camel"):
    """The properties of an element, a relationship or a classification."""

    property_value_map: Values = {}


class InstanceType(msgspec.Struct, rename="camel"):
    """The type in a header."""

    type_name: str
    super_type_names: list[str] = []


class Origin(msgspec.Struct, rename="camel"):
    """The provenance in a header."""

    origin_category: str = ""
    home_metadata_collection_id: str = ""
    home_metadata_collection_name: str = ""


class Versions(msgspec.Struct, rename="camel"):
    """The authors, times and number of the versions of an instance."""

    created_by: str = ""
    updated_by: str | None = None
    create_time: datetime = datetime.min
    update_time: datetime | None = None
    version: int = 1


class AttachedClassification(msgspec.Struct, rename="camel"):
    """A classification of an element."""

    classification_name: str
    classification_properties: Properties = msgspec.field(default_factory=Properties)
    versions: Versions = msgspec.field(default_factory=Versions)


class EgeriaElement(msgspec.Struct, rename="camel"):
    """An element in the form of the server's responses."""

    type: InstanceType
    origin: Origin
    versions: Versions
    element_guid: str = msgspec.field(name="elementGUID")
    element_properties: Properties = msgspec.field(default_factory=Properties)
    classifications: list[AttachedClassification] = []

    @property
    def is_archived(self) -> bool:
        """True if the element is archived, and therefore visible only to lineage requests."""
        return any(each.classification_name == "Memento" for each in self.classifications)


class RelatedElement(msgspec.Struct, rename="camel"):
    """A relationship with the element at its other end."""

    relationship_guid: str = msgspec.field(name="relationshipGUID")
    relationship_type: InstanceType
    element: EgeriaElement
    relationship_properties: Properties = msgspec.field(default_factory=Properties)


class GuidAnswer(msgspec.Struct, rename="camel"):
    """A GUID, or none if the name is unknown."""

    guid: str | None = None


class GuidsAnswer(msgspec.Struct, rename="camel"):
    """The GUIDs of folders, outermost first, and of a file in the last of them."""

    guids: list[str] = []


class ElementAnswer(msgspec.Struct, rename="camel"):
    """An element, or none."""

    element: EgeriaElement | None = None


class ElementsAnswer(msgspec.Struct, rename="camel"):
    """A page of elements; the last one has none."""

    element_list: list[EgeriaElement] = []
    elements: list[EgeriaElement] = []
    """The same list under the name that releases of Egeria 6 use."""

    def __post_init__(self) -> None:
        self.element_list = self.element_list or self.elements


class RelatedList(msgspec.Struct, rename="camel"):
    """A page of relationships that is nested one level deeper."""

    element_list: list[RelatedElement] = []


class RelatedAnswer(msgspec.Struct, rename="camel"):
    """A page of relationships; the last one has none."""

    element_list: list[RelatedElement] = []
    related_element_list: RelatedList = msgspec.field(default_factory=RelatedList)
    """The same relationships, since Egeria 5."""

    @property
    def elements(self) -> list[RelatedElement]:
        """The relationships."""
        return self.element_list or self.related_element_list.element_list


class VoidAnswer(msgspec.Struct):
    """An empty response, which means success."""
