"""The routes of Egeria 5.0 and 6, as the published source has them; nobody has recorded them.

The types are those of Egeria 4.3: what a client sends in other words is refused.
"""

from typing import Any

from tests.servers.egeria import errors, types
from tests.servers.egeria.repository import Element, Repository, text
from tests.servers.egeria.request import Answer, Handler, Request
from tests.servers.egeria.routes import Routes

_OPTIONS = {
    "forLineage": "false",
    "forDuplicateProcessing": "false",
    "effectiveTime": "0",
    "startFrom": "0",
    "pageSize": "0",
    "startingAtEnd": "0",
}
"""The options with default values, which requests may leave out."""


class NewerRoutes(Routes):
    """The routes of one metadata server of a newer generation."""

    def __init__(self, repository: Repository, generation: int) -> None:
        self._generation = generation
        super().__init__(repository)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer | None:
        given = body if self._generation == 6 and isinstance(body, dict) else {}
        options = {name: str(given[name]).lower() for name in _OPTIONS if name in given}
        if self._generation == 6:
            query = {name: value for name, value in query.items() if name == "startingAtEnd"}
        return super().answer(method, path, {**_OPTIONS, **query, **options}, body)

    def _rows(self) -> list[tuple[str, str, str, Handler]]:
        store = "/framework-services/[a-z-]+/open-metadata-store/users/([^/]+)"
        if self._generation == 6:
            store = "/access-services/open-metadata-store/users/([^/]+)"
        element, related = store + "/metadata-elements", store + "/related-elements"
        one, classified = element + "/([^/]+)", element + "/([^/]+)/classifications/([^/]+)"
        rows = [
            ("POST", element, "GUIDResponse", self._new_whole_element),
            ("POST", element + "/by-unique-name", "OpenMetadataElementResponse", self._by_unique_name),
            ("POST", element + "/by-search-conditions", "OpenMetadataElementsResponse", self._by_conditions),
            ("POST", one, "OpenMetadataElementResponse", self._get),
            ("POST", one + "/update-properties", "BooleanResponse", self._update_and_tell),
            ("POST", one + "/delete", "VoidResponse", self._delete),
            ("POST", classified, "VoidResponse", self._classify),
            ("POST", classified + "/update-properties", "VoidResponse", self._reclassify),
            ("POST", classified + "/delete", "VoidResponse", self._declassify),
            ("POST", related, "GUIDResponse", self._link),
            ("POST", related + "/([^/]+)/update-properties", "VoidResponse", self._update_link),
            ("POST", related + "/([^/]+)/delete", "VoidResponse", self._unlink),
            ("POST", related + "/([^/]+)/any-type", "RelatedMetadataElementListResponse", self._related_list),
            ("POST", related + "/([^/]+)/type/([A-Za-z]+)", "RelatedMetadataElementListResponse", self._related_list),
        ]
        if self._generation == 6:
            return [*rows, ("POST", one + "/archive", "VoidResponse", self._archive)]
        sources = "/framework-services/[a-z-]+/open-integration/users/([^/]+)/metadata-sources"
        search = "/metadata-elements/by-search-specification"
        return [
            ("POST", sources + "/by-name", "GUIDResponse", self._source_by_name),
            ("POST", sources + "/new", "GUIDResponse", self._new_source),
            ("POST", element + "/new", "GUIDResponse", self._new_whole_element),
            ("POST", related + "/new", "GUIDResponse", self._link),
            ("POST", classified + "/new", "VoidResponse", self._classify),
            ("POST", store + search, "OpenMetadataElementsResponse", self._by_conditions),
            ("GET", one, "OpenMetadataElementResponse", self._get),
            ("GET", related + "/([^/]+)/any-type", "RelatedMetadataElementListResponse", self._related_list),
            ("GET", related + "/([^/]+)/type/([A-Za-z]+)", "RelatedMetadataElementListResponse", self._related_list),
            *(row for row in rows if row[1].endswith(("/by-unique-name", "/update-properties", "/delete"))),
        ]

    def _new_whole_element(self, request: Request) -> Answer:
        """Make an element with its classifications; link it to its parent, and to the folder of its path."""
        guid = self._new_element(request)["guid"]
        element, body = self._repository.elements[guid], request.body
        for name, given in (body.get("initialClassifications") or {}).items():
            values = given.get("propertyValueMap") or {}
            self._repository.classify("", request.user, element, name, values, request.source)
        if parent := body.get("parentGUID"):
            self._link_to(request, element, self._repository.elements[parent])
        path = element.text("pathName")
        for kind, relationship in (("DataFile", "NestedFile"), ("FileFolder", "FolderHierarchy")):
            if path.rpartition("/")[0] and types.is_a(element.type_name, kind):
                folders = self._files.folders(request, path.rpartition("/")[0])
                self._repository.link(request.user, relationship, folders[-1], element, {}, request.source)
        return {"guid": guid}

    def _link_to(self, request: Request, element: Element, parent: Element) -> None:
        body = request.body
        ends = (parent, element) if body.get("parentAtEnd1", True) else (element, parent)
        values = (body.get("parentRelationshipProperties") or {}).get("propertyValueMap") or {}
        name = body["parentRelationshipTypeName"]
        if name not in types.RELATIONSHIPS:
            self._repository.delete(element)
            raise errors.unknown_type("createMetadataElementInStore", name)
        self._repository.link(request.user, name, *ends, values, request.source)

    def _by_conditions(self, request: Request) -> Answer:
        found = self._by_specification(request).get("elementList")
        name = "elements" if self._generation == 6 else "elementList"
        return {name: found} if found else {}

    def _update_and_tell(self, request: Request) -> Answer:
        if self._generation == 6:
            request.body["replaceProperties"] = not request.body.get("mergeUpdate", True)
        return {**self._update(request), "flag": True}

    def _related_list(self, request: Request) -> Answer:
        if len(request.path) == 2 and request.path[1] not in types.RELATIONSHIPS:
            raise errors.unknown_type("getRelatedMetadataElements", request.path[1])
        return {"relatedElementList": self._related(request)}

    def _archive(self, request: Request) -> Answer:
        method, process = "archiveMetadataElementInStore", request.body.get("archiveProcess")
        element = self._to_change(request, method)
        self._repository.require_owner(method, request.user, element, request.source)
        values = {"archiveProcess": text(process)} if process else {}
        element.classifications.pop("LatestChange", None)
        self._repository.classify(method, request.user, element, "Memento", values, request.source)
        return {}
