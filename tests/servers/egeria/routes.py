"""The routes of the server: what is asked for by a path that is none of these is not found."""

import re
import time
from collections.abc import Callable
from typing import Any

from tests.servers.egeria import errors, types
from tests.servers.egeria.repository import Element, Repository, Values, condition, now, text
from tests.servers.egeria.views import Views

FILE_NAMES_RECORDED = {"name": "name", "pathName": "pathName", "modifiedTime": "storeUpdateTime"}
FILE_NAMES = {
    **FILE_NAMES_RECORDED,
    "createTime": "storeCreateTime",
    "description": "description",
    "fileType": "fileType",
    "deployedImplementationType": "deployedImplementationType",
    "additionalProperties": "additionalProperties",
}
"""The fields of a new file, and the properties that they become."""
Answer = dict[str, Any]
Handler = Callable[["Request"], Answer]


class Request:
    """A request of a user, matched to its route."""

    def __init__(self, user: str, path: tuple[str, ...], query: dict[str, str], body: Any) -> None:
        self.user = user
        self.path = path
        self._query = query
        self._body = body

    @property
    def body(self) -> Values:
        """The body, which must be there."""
        if not isinstance(self._body, dict):
            raise errors.BadRequestError
        return self._body

    def flag(self, name: str) -> bool:
        """A query parameter that cannot be left out."""
        if self._query.get(name) not in ("true", "false"):
            raise errors.BadRequestError
        return self._query[name] == "true"

    def number(self, name: str) -> int:
        """A query parameter that cannot be left out."""
        try:
            return int(self._query[name])
        except (KeyError, ValueError):
            raise errors.BadRequestError from None

    def page(self, method: str, largest: int) -> tuple[int, int]:
        """The start and the size of a page; neither can be left out."""
        start, size = self.number("startFrom"), self.number("pageSize")
        if size > largest:
            raise errors.page_too_large(method, size, largest)
        return start, size or largest

    def visibility(self) -> bool:
        """Whether archived elements are asked for; nothing of what goes with it can be left out."""
        self.flag("forDuplicateProcessing")
        self.number("effectiveTime")
        return self.flag("forLineage")

    @property
    def source(self) -> tuple[str, str] | None:
        """The metadata source that the request is made for."""
        guid, name = self.body.get("externalSourceGUID"), self.body.get("externalSourceName")
        return (str(guid), str(name)) if guid else None

    @property
    def properties(self) -> Values:
        """The property values that are sent."""
        given = self.body.get("properties") or {}
        return dict(given.get("propertyValueMap") or {})


class Routes:
    """What one metadata server answers."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._views = Views(repository)
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
        sources = "/framework-services/[a-z-]+/open-integration/users/([^/]+)/metadata-sources"
        files = "/access-services/data-manager/users/([^/]+)/filesystems"
        element, related = store + "/metadata-elements", store + "/related-elements"
        one, classified = element + "/([^/]+)", element + "/([^/]+)/classifications/([^/]+)"
        return [
            ("POST", sources + "/by-name", "GUIDResponse", self._source_by_name),
            ("POST", sources + "/new", "GUIDResponse", self._new_source),
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
            ("POST", files + "/data-files/by-path-name", "DataFileResponse", self._file_by_path),
            ("POST", files + "/folders/by-path-name", "FileFolderResponse", self._folder_by_path),
            ("POST", files + "/data-files", "GUIDListResponse", self._new_file),
            ("POST", files + "/data-files/([^/]+)/archive", "VoidResponse", self._archive_file),
            ("GET", files + "/folders/([^/]+)/data-files", "DataFilesResponse", self._files_in),
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

    def _at_path(self, kind: str, path: str) -> Element | None:
        for each in self._repository.elements.values():
            if types.is_a(each.type_name, kind) and each.text("pathName") == path and not each.is_archived:
                return each
        return None

    def _file_by_path(self, request: Request) -> Answer:
        found = self._at_path("DataFile", request.body["fullPath"])
        return {} if found is None else {"dataFile": self._views.asset(found, "DataFile")}

    def _folder_by_path(self, request: Request) -> Answer:
        found = self._at_path("FileFolder", request.body["fullPath"])
        return {} if found is None else {"folder": self._views.asset(found, "FileFolder")}

    def _new_file(self, request: Request) -> Answer:
        body = request.body
        values = file_values(body) if self._repository.keeps_all_of_files else file_values(body, FILE_NAMES_RECORDED)
        method = "addDataFileToCatalog"
        file = self._repository.create(method, request.user, body["typeName"], values, request.source)
        folders = self._folders(request, body["pathName"].rpartition("/")[0])
        self._repository.link(request.user, "NestedFile", folders[-1], file, {}, request.source)
        return {"guids": [each.guid for each in (*folders, file)]}

    def _folders(self, request: Request, path: str) -> list[Element]:
        """The folders of a path, which the server makes in the source's name."""
        user = f"{self._repository.server}npa"
        chain: list[Element] = []
        for end in [found.start() for found in re.finditer("/", path + "/")][1:]:
            at = path[:end]
            folder = self._at_path("FileFolder", at)
            if folder is None:
                values = {"qualifiedName": text(f"FileFolder:{at}"), "name": text(at[1:]), "pathName": text(at)}
                folder = self._repository.create("addDataFileToCatalog", user, "FileFolder", values, request.source)
                if chain:
                    self._repository.link(user, "FolderHierarchy", chain[-1], folder, {}, request.source)
            chain.append(folder)
        return chain

    def _archive_file(self, request: Request) -> Answer:
        """Archive a file; it is done, and fails, since what is archived cannot be seen afterwards."""
        method, guid = "archiveDataFileInCatalog", request.path[0]
        element = self._repository.require(
            method, request.user, guid, for_lineage=False, parameter="dataFileGUID", at=int(time.time() * 1000)
        )
        self._repository.require_owner(method, request.user, element, request.source)
        latest = element.classifications.pop("LatestChange", None)
        self._repository.classify(method, request.user, element, "Memento", {}, request.source)
        if latest is not None:
            element.classifications["LatestChange"] = latest
        at = int(time.time() * 1000)
        self._repository.require(method, request.user, guid, for_lineage=False, parameter="dataFileGUID", at=at)
        return {}

    def _files_in(self, request: Request) -> Answer:
        """The files of a folder; the start is counted with those that are archived."""
        start, size = request.number("startFrom"), request.number("pageSize")
        nested = [
            other
            for _, other in self._repository.links_of(request.path[0], at_end=1, type_name="NestedFile")
            if types.is_a(other.type_name, "DataFile")
        ]
        found = [self._views.asset(each, "DataFile") for each in nested[start:] if not each.is_archived][:size]
        return {"elementList": found} if found else {}


def file_values(body: Values, names: dict[str, str] = FILE_NAMES) -> Values:
    """The properties of a file as the request for it has them."""
    values = {"qualifiedName": text(body.get("qualifiedName") or f"{body['typeName']}:{body['pathName']}")}
    given = {theirs: body[name] for name, theirs in names.items() if body.get(name) is not None}
    extended = body.get("extendedProperties") or {}
    return values | {name: _property(name, value) for name, value in {**given, **extended}.items()}


def _property(name: str, value: Any) -> Values:
    if isinstance(value, dict):
        entries = {key: text(each) for key, each in value.items()}
        content = {"class": "ElementProperties", "propertyValueMap": entries}
        return {"class": "MapTypePropertyValue", "typeName": types.MAP, "mapValues": content}
    if not isinstance(value, int):
        return text(value)
    kind = "date" if name.endswith("Time") else "int"
    category = f"OM_PRIMITIVE_TYPE_{kind.upper()}"
    primitive = {"typeName": kind, "primitiveTypeCategory": category, "primitiveValue": value}
    return {"class": "PrimitiveTypePropertyValue", **primitive}


def not_found(path: str) -> Answer:
    """What the web framework answers where there is no route."""
    return {"timestamp": now(), "status": 404, "error": "Not Found", "path": path}


def bad_request(path: str) -> Answer:
    """What the web framework answers to a request that lacks something."""
    return {"timestamp": now(), "status": 400, "error": "Bad Request", "path": path}
