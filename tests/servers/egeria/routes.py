"""The routes of the server: what is asked for by a path that is none of these is not found."""

import re
from collections.abc import Callable
from typing import Any

from tests.servers.egeria import errors, types
from tests.servers.egeria.file_routes import FileRoutes, property_value
from tests.servers.egeria.repository import Element, Repository, condition, now, text
from tests.servers.egeria.request import Answer, Handler, Request
from tests.servers.egeria.views import Views


class Routes:
    """The routes of one metadata server."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._views = Views(repository)
        self._files = FileRoutes(repository)
        self._table = [(method, re.compile(pattern), name, handler) for method, pattern, name, handler in self._rows()]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer | None:
        """The answer to a request below `/servers/{server}/open-metadata`; `None` if there is no such route."""
        for verb, pattern, name, handler in self._table:
            found = pattern.fullmatch(path) if verb == method else None
            if found is None:
                continue
            user, *rest = found.groups()
            answer: Answer = {"class": name, "relatedHTTPCode": 200}
            try:
                return answer | handler(Request(user, tuple(rest), query, body))
            except errors.RefusedError as error:
                return answer | error.body
        return None

    def _rows(self) -> list[tuple[str, str, str, Handler]]:
        store = "/framework-services/[a-z-]+/open-metadata-store/users/([^/]+)"
        integration = "/framework-services/[a-z-]+/open-integration/users/([^/]+)"
        sources, reports = integration + "/metadata-sources", integration + "/integration-reports"
        element, related = store + "/metadata-elements", store + "/related-elements"
        one, classified = element + "/([^/]+)", element + "/([^/]+)/classifications/([^/]+)"
        return [
            ("POST", sources + "/by-name", "GUIDResponse", self._source_by_name),
            ("POST", sources + "/new", "GUIDResponse", self._new_source),
            ("POST", reports + "/([^/]+)/new", "VoidResponse", self._new_report),
            ("POST", element + "/new", "GUIDResponse", self._new_element),
            ("POST", element + "/by-unique-name", "OpenMetadataElementResponse", self._by_unique_name),
            ("POST", element + "/guid-by-unique-name", "GUIDResponse", self._guid_by_unique_name),
            ("POST", element + "/by-search-string", "OpenMetadataElementsResponse", self._by_string),
            ("POST", element + "/by-search-specification", "OpenMetadataElementsResponse", self._by_specification),
            ("GET", one, "OpenMetadataElementResponse", self._get),
            ("POST", one + "/update-properties", "VoidResponse", self._update),
            ("POST", one + "/delete", "VoidResponse", self._delete),
            ("POST", classified + "/new", "VoidResponse", self._classify),
            ("POST", classified + "/update-properties", "VoidResponse", self._reclassify),
            ("POST", classified + "/delete", "VoidResponse", self._declassify),
            ("POST", related + "/new", "GUIDResponse", self._link),
            ("POST", related + "/([^/]+)/update-properties", "VoidResponse", self._update_link),
            ("POST", related + "/([^/]+)/delete", "VoidResponse", self._unlink),
            ("GET", related + "/relationship/([^/]+)", "RelatedMetadataElementsResponse", self._relationship),
            ("GET", related + "/([^/]+)/any-type", "RelatedMetadataElementListResponse", self._related),
            ("GET", related + "/([^/]+)/type/([A-Za-z]+)", "RelatedMetadataElementListResponse", self._related),
            *self._files.rows(),
        ]

    def _source_by_name(self, request: Request) -> Answer:
        found = self._repository.named(request.body["name"], "qualifiedName", for_lineage=False)
        return {} if found is None else {"guid": found.guid}

    def _new_source(self, request: Request) -> Answer:
        body = request.body
        values = {"qualifiedName": text(body["qualifiedName"])}
        element = self._repository.create(
            "createMetadataSource", request.user, body.get("typeName") or "SoftwareCapability", values, None
        )
        if name := body.get("classificationName"):
            self._repository.classify("createMetadataSource", request.user, element, name, {}, None)
        return {"guid": element.guid}

    def _new_report(self, request: Request) -> Answer:
        """Make a report at an element, which the server owns."""
        method, kind = "publishIntegrationReport", "IntegrationReport"
        anchor = self._repository.require(method, request.user, request.path[0], for_lineage=False)
        given = {name: value for name, value in request.body.items() if name != "class"}
        values = {name: property_value(name, value) for name, value in given.items()}
        report = self._repository.create(method, request.user, kind, values, None)
        self._repository.link(request.user, "RelatedIntegrationReport", anchor, report, {}, None)
        return {}

    def _new_element(self, request: Request) -> Answer:
        method = "createMetadataElementInStore"
        type_name = request.body.get("typeName") or ""
        element = self._repository.create(method, request.user, type_name, request.properties, request.source)
        return {"guid": element.guid}

    def _named(self, request: Request) -> Element | None:
        body = request.body
        name = body.get("namePropertyName") or "qualifiedName"
        return self._repository.named(body["name"], name, for_lineage=request.visibility())

    def _by_unique_name(self, request: Request) -> Answer:
        found = self._named(request)
        return {} if found is None else {"element": self._views.element(found)}

    def _guid_by_unique_name(self, request: Request) -> Answer:
        found = self._named(request)
        return {} if found is None else {"guid": found.guid}

    def _by_string(self, request: Request) -> Answer:
        pattern = re.compile(request.body["searchString"])

        def matches(element: Element) -> bool:
            return any(pattern.fullmatch(element.text(name)) for name in element.properties)

        return self._page(request, request.body.get("typeName") or "OpenMetadataRoot", matches)

    def _by_specification(self, request: Request) -> Answer:
        body = request.body
        try:
            matches = condition(body.get("searchProperties"))
        except (KeyError, TypeError, re.error):
            raise errors.BadRequestError from None
        return self._page(request, body.get("metadataElementTypeName") or "OpenMetadataRoot", matches)

    def _page(self, request: Request, type_name: str, matches: Callable[[Element], bool]) -> Answer:
        if not types.is_entity(type_name):
            raise errors.unknown_type("findMetadataElements", type_name)
        for_lineage = request.visibility()
        start, size = request.page("findMetadataElements", self._repository.largest_page)
        found = self._repository.find(type_name, matches, for_lineage=for_lineage, start=start, size=size)
        return {"elementList": [self._views.element(each) for each in found]} if found else {}

    def _get(self, request: Request) -> Answer:
        (guid,) = request.path
        method, for_lineage = "getMetadataElementByGUID", request.visibility()
        element = self._repository.require(method, request.user, guid, for_lineage=for_lineage)
        return {"element": self._views.element(element)}

    def _to_change(self, request: Request, method: str) -> Element:
        for_lineage = bool(request.body.get("forLineage"))
        element = self._repository.require(method, request.user, request.path[0], for_lineage=for_lineage)
        self._repository.require_owner(method, request.user, element, request.source)
        return element

    def _update(self, request: Request) -> Answer:
        method = "updateMetadataElementInStore"
        element = self._to_change(request, method)
        replace = bool(request.body.get("replaceProperties"))
        self._repository.update(method, request.user, element, request.properties, replace=replace)
        return {}

    def _delete(self, request: Request) -> Answer:
        self._repository.delete(self._to_change(request, "deleteMetadataElementInStore"))
        return {}

    def _classify(self, request: Request) -> Answer:
        method, name = "classifyMetadataElementInStore", request.path[1]
        for_lineage = bool(request.body.get("forLineage"))
        element = self._repository.require(method, request.user, request.path[0], for_lineage=for_lineage)
        self._repository.classify(method, request.user, element, name, request.properties, request.source)
        return {}

    def _attached(self, request: Request, method: str) -> tuple[Element, str]:
        name = request.path[1]
        for_lineage = bool(request.body.get("forLineage"))
        element = self._repository.require(method, request.user, request.path[0], for_lineage=for_lineage)
        if name not in element.classifications:
            exception = "org.odpi.openmetadata.repositoryservices.ffdc.exception.ClassificationErrorException"
            problem = f"the element {element.guid} has no classification {name}"
            raise errors.unexpected(self._repository.server, method, exception, "getEntityClassification", problem)
        return element, name

    def _reclassify(self, request: Request) -> Answer:
        element, name = self._attached(request, "reclassifyMetadataElementInStore")
        attached = element.classifications[name]
        replace = bool(request.body.get("replaceProperties"))
        attached.properties = request.properties if replace else {**attached.properties, **request.properties}
        attached.change(request.user)
        return {}

    def _declassify(self, request: Request) -> Answer:
        element, name = self._attached(request, "unclassifyMetadataElementInStore")
        del element.classifications[name]
        return {}

    def _link(self, request: Request) -> Answer:
        method, body = "createRelatedElementsInStore", request.body
        end1, end2 = (
            self._repository.require(method, request.user, body[name], for_lineage=False, parameter=name)
            for name in ("metadataElement1GUID", "metadataElement2GUID")
        )
        self._repository.link(request.user, body.get("typeName") or "", end1, end2, request.properties, request.source)
        return {}  # and no GUID

    def _update_link(self, request: Request) -> Answer:
        relationship = self._repository.relationships.get(request.path[0])
        if relationship is None:
            method = "updateRelatedElementsInStore"
            raise errors.unknown_relationship_changed(self._repository.server, method, request.path[0])
        relationship.properties = {**relationship.properties, **request.properties}
        relationship.change(request.user)
        return {}

    def _unlink(self, request: Request) -> Answer:
        assert request.body is not None
        if not self._repository.unlink(request.path[0]):
            method = "deleteRelatedElementsInStore"
            raise errors.unknown_relationship_changed(self._repository.server, method, request.path[0])
        return {}

    def _relationship(self, request: Request) -> Answer:
        request.visibility()
        found = self._repository.relationships.get(request.path[0])
        if found is None:
            method = "getRelationshipByGUID"
            raise errors.unknown_relationship_read(self._repository.server, method, request.path[0])
        return {"element": {"relationshipGUID": found.guid}}

    def _related(self, request: Request) -> Answer:
        guid, *kind = request.path
        for_lineage = request.visibility()
        self._repository.require("getRelatedMetadataElements", request.user, guid, for_lineage=for_lineage)
        start, size = request.page("getRelatedMetadataElements", self._repository.largest_page)
        at_end = request.number("startingAtEnd")
        found = [
            self._views.related(relationship, other)
            for relationship, other in self._repository.links_of(
                guid, at_end=at_end, type_name=kind[0] if kind else None
            )
            if for_lineage or not other.is_archived
        ]
        return {"elementList": found[start : start + size]} if found[start : start + size] else {}


def not_found(path: str) -> Answer:
    """The answer of the web framework to a request without a route."""
    return {"timestamp": now(), "status": 404, "error": "Not Found", "path": path}


def bad_request(path: str) -> Answer:
    """The answer of the web framework to an incomplete request."""
    return {"timestamp": now(), "status": 400, "error": "Bad Request", "path": path}
