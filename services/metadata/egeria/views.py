"""Elements, relationships and their headers in the form of Egeria 4's responses.

There are two forms: with typed property values, for the generic routes, and beans, for the routes of one kind of
element. Values that a store of this program does not keep are left out: relationships have no versions, and of the
classifications only `Memento` has one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from services.metadata.changes import Query
from services.metadata.egeria.effectivity import FROM, TO, effectivity
from services.metadata.egeria.names import EgeriaNames, egeria_relationship_name, property_values
from services.metadata.egeria.relationship_guids import guid_of
from services.metadata.egeria.types import link_header, type_header
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.store import MetadataStore

MEMENTO = "Memento"
"""The classification of archived elements."""
_COMMON = ("qualifiedName", "additionalProperties")
"""The common properties of all beans."""


class Views:
    """The presentation of the elements in one response of a server."""

    def __init__(self, server: str, source_guids: Mapping[str, str]) -> None:
        self._server = server
        self._collection = str(uuid5(NAMESPACE_DNS, server))
        self._source_guids = source_guids

    @classmethod
    async def of(cls, store: MetadataStore, server: str, elements: Iterable[ElementRecord]) -> "Views":
        """The presentation of these elements, with the GUIDs of their metadata sources."""
        guids: dict[str, str] = {}
        for source in dict.fromkeys(each.metadata_source for each in elements):
            if source:
                found = await store.find(Query(qualified_name=source, page_size=1))
                guids[source] = found[0].guid if found else ""
        return cls(server, guids)

    def element(self, record: ElementRecord) -> dict[str, Any]:
        """An element with typed property values."""
        names = EgeriaNames(record)
        shown = {
            "class": "OpenMetadataElement",
            **self._header(record, names),
            **_effectivity(record),
            "elementGUID": record.guid,
            "elementProperties": property_values(names.properties),
        }
        if names.classifications:
            shown["classifications"] = [
                self._classification(
                    record, "AttachedClassification", name, property_values(properties) if properties else None
                )
                for name, properties in names.classifications.items()
            ]
        return shown

    def related(self, link: RelationshipRecord, other: ElementRecord) -> dict[str, Any]:
        """A relationship with the element at its other end."""
        header = link_header(egeria_relationship_name(link.type_name))
        shown = {
            "class": "RelatedMetadataElement",
            "headerVersion": 0,
            "status": "ACTIVE",
            "type": header,
            "origin": self._origin(""),
            "relationshipGUID": guid_of(link),
            "relationshipType": header,
            "element": self.element(other),
        }
        if link.properties:
            shown["relationshipProperties"] = property_values(link.properties)
        return shown

    def relationship(
        self, link: RelationshipRecord, end1: ElementRecord | None, end2: ElementRecord | None
    ) -> dict[str, Any]:
        """A relationship with both of its ends."""
        header = link_header(egeria_relationship_name(link.type_name))
        shown: dict[str, Any] = {
            "class": "RelatedMetadataElements",
            "headerVersion": 0,
            "status": "ACTIVE",
            "type": header,
            "origin": self._origin(""),
            "relationshipGUID": guid_of(link),
            "relationshipType": header,
            "elementGUIDAtEnd1": link.end1_guid,
            "elementGUIDAtEnd2": link.end2_guid,
        }
        for name, end in (("elementAtEnd1", end1), ("elementAtEnd2", end2)):
            if end is not None:
                shown[name] = self.element_header(end)
        if link.properties:
            shown["relationshipProperties"] = property_values(link.properties)
        return shown

    def element_header(self, record: ElementRecord) -> dict[str, Any]:
        """The header of an element in a bean."""
        names = EgeriaNames(record)
        shown = {"class": "ElementHeader", **self._header(record, names), "guid": record.guid}
        if names.classifications:
            shown["classifications"] = [
                self._classification(record, "ElementClassification", name, properties or None)
                for name, properties in names.classifications.items()
            ]
        return shown

    def stub(self, record: ElementRecord) -> dict[str, Any]:
        """An element's header with its unique name."""
        return {**self.element_header(record), "class": "ElementStub", "uniqueName": record.qualified_name}

    def link_header(self, link: RelationshipRecord) -> dict[str, Any]:
        """The header of a relationship in a bean."""
        kind = link_header(egeria_relationship_name(link.type_name))
        header = {"class": "ElementHeader", "headerVersion": 0, "status": "ACTIVE", "type": kind}
        return {**header, "origin": self._origin(""), "guid": guid_of(link)}

    def bean(
        self,
        record: ElementRecord,
        name: str,
        properties: Mapping[str, str],
        further: Mapping[str, Any],
        key: str = "",
    ) -> dict[str, Any]:
        """The bean of an element, at `key` or at the name of its class.

        `properties` maps the store's names to the bean's; `further` are other values of the bean. The element's other
        properties are extended properties.
        """
        names = EgeriaNames(record)
        known = {theirs: record.properties[ours] for ours, theirs in properties.items() if ours in record.properties}
        extended = {
            key: value for key, value in record.properties.items() if key not in (*properties, *_COMMON, FROM, TO)
        }
        content: dict[str, Any] = {
            "class": name,
            "qualifiedName": record.qualified_name,
            "typeName": names.type_name,
            **{key: record.properties[key] for key in _COMMON[1:] if key in record.properties},
            **{key: value for key, value in {**known, **further}.items() if value is not None},
        }
        if extended:
            content["extendedProperties"] = extended
        return {"elementHeader": self.element_header(record), key or name[0].lower() + name[1:]: content}

    def _header(self, record: ElementRecord, names: EgeriaNames) -> dict[str, Any]:
        versions: dict[str, Any] = {"createdBy": record.created_by}
        if record.updated_by is not None:
            versions |= {"updatedBy": record.updated_by, "maintainedBy": [record.updated_by]}
        versions["createTime"] = shown_time(record.create_time)
        if record.update_time is not None:
            versions["updateTime"] = shown_time(record.update_time)
        return {
            "headerVersion": 0,
            "status": "ACTIVE",
            "type": type_header(names.type_name),
            "origin": self._origin(record.metadata_source),
            "versions": {**versions, "version": record.version},
        }

    def _origin(self, source: str) -> dict[str, Any]:
        return {
            "sourceServer": self._server,
            "originCategory": "EXTERNAL_SOURCE" if source else "LOCAL_COHORT",
            "homeMetadataCollectionId": self._source_guids.get(source, "") if source else self._collection,
            "homeMetadataCollectionName": source or self._server,
        }

    def _classification(self, record: ElementRecord, kind: str, name: str, properties: Any) -> dict[str, Any]:
        shown = {
            "class": kind,
            "headerVersion": 0,
            "status": "ACTIVE",
            "type": link_header(name),
            "origin": self._origin(record.metadata_source),
            "classificationOrigin": "ASSIGNED",
            "classificationName": name,
        }
        if name == MEMENTO and record.update_time is not None:  # an archived element does not change
            archived = {"createdBy": record.updated_by, "createTime": shown_time(record.update_time), "version": 1}
            shown["versions"] = archived
        return shown if properties is None else {**shown, "classificationProperties": properties}


def _effectivity(record: ElementRecord) -> dict[str, str]:
    start, end = effectivity(record.properties)
    times = {"effectiveFromTime": start, "effectiveToTime": end}
    return {name: shown_time(time) for name, time in times.items() if time is not None}


def shown_time(time: datetime) -> str:
    """A time in the form of responses: `2021-02-02T20:57:50.647+00:00`."""
    return time.isoformat(timespec="milliseconds")
