"""Instances as answers show them."""

from typing import Any

from tests.servers.egeria import types
from tests.servers.egeria.repository import Element, Instance, Relationship, Repository


class Views:
    """The answers of one server."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def element(self, element: Element) -> dict[str, Any]:
        """An element, in full."""
        shown = {
            "class": "OpenMetadataElement",
            **self._header(element),
            "elementGUID": element.guid,
            "elementProperties": _properties(element.properties),
        }
        if element.classifications:
            shown["classifications"] = [
                {
                    "class": "AttachedClassification",
                    **self._header(each),
                    "classificationOrigin": "ASSIGNED",
                    "classificationName": each.type_name,
                    **({"classificationProperties": _properties(each.properties)} if each.properties else {}),
                }
                for each in element.classifications.values()
            ]
        return shown

    def related(self, relationship: Relationship, other: Element) -> dict[str, Any]:
        """A relationship with the element at its other end; it does not tell which end that is."""
        shown = {
            "class": "RelatedMetadataElement",
            **self._header(relationship),
            "relationshipGUID": relationship.guid,
            "relationshipType": types.type_header(relationship.type_name),
            "element": self.element(other),
        }
        if relationship.properties:
            shown["relationshipProperties"] = _properties(relationship.properties)
        return shown

    def asset(self, element: Element, kind: str) -> dict[str, Any]:
        """A file or a folder, as the file routes show it."""
        header = {"class": "ElementHeader", **self._header(element), "guid": element.guid}
        if element.classifications:
            header["classifications"] = [
                {
                    "class": "ElementClassification",
                    **self._header(each),
                    "classificationOrigin": "ASSIGNED",
                    "classificationName": each.type_name,
                }
                for each in element.classifications.values()
            ]
        path = element.text("pathName")
        properties: dict[str, Any] = {
            "class": f"{kind}Properties",
            "qualifiedName": element.text("qualifiedName"),
            "typeName": element.type_name,
            "extendedProperties": {"pathName": path},
            "name": element.text("name"),
            "pathName": path,
            "displayName": element.text("name"),
        }
        if "storeUpdateTime" in element.properties:
            properties["modifiedTime"] = element.properties["storeUpdateTime"]["primitiveValue"]
        return {"elementHeader": header, f"{kind[0].lower()}{kind[1:]}Properties": properties}

    def _header(self, instance: Instance) -> dict[str, Any]:
        versions: dict[str, Any] = {"createdBy": instance.created_by}
        if instance.update_time:
            versions |= {"updatedBy": instance.updated_by[-1], "maintainedBy": instance.updated_by}
        versions["createTime"] = instance.create_time
        if instance.update_time:
            versions["updateTime"] = instance.update_time
        collection, name = instance.source or (self._repository.collection, self._repository.server)
        return {
            "headerVersion": 0,
            "status": "ACTIVE",
            "type": types.type_header(instance.type_name),
            "origin": {
                "sourceServer": self._repository.server,
                "originCategory": "LOCAL_COHORT" if instance.source is None else "EXTERNAL_SOURCE",
                "homeMetadataCollectionId": collection,
                "homeMetadataCollectionName": name,
            },
            "versions": {**versions, "version": instance.version},
        }


def _properties(values: dict[str, Any]) -> dict[str, Any]:
    return {"propertyValueMap": values, "propertyCount": len(values), "propertyNames": list(values)}
