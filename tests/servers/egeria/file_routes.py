"""The routes of the Data Manager that a files daemon uses."""

import re
import time
from typing import Any

from tests.servers.egeria import types
from tests.servers.egeria.repository import Element, Repository, Values, text
from tests.servers.egeria.request import Answer, Handler, Request
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


class FileRoutes:
    """The routes of the Data Manager of one metadata server."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._views = Views(repository)

    def rows(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, class of the answer, and handler."""
        files = "/access-services/data-manager/users/([^/]+)/filesystems"
        return [
            ("POST", files + "/data-files/by-path-name", "DataFileResponse", self._file_by_path),
            ("POST", files + "/folders/by-path-name", "FileFolderResponse", self._folder_by_path),
            ("POST", files + "/data-files", "GUIDListResponse", self._new_file),
            ("POST", files + "/data-files/([^/]+)/archive", "VoidResponse", self._archive_file),
            ("GET", files + "/folders/([^/]+)/data-files", "DataFilesResponse", self._files_in),
        ]

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
        folders = self.folders(request, body["pathName"].rpartition("/")[0])
        self._repository.link(request.user, "NestedFile", folders[-1], file, {}, request.source)
        return {"guids": [each.guid for each in (*folders, file)]}

    def folders(self, request: Request, path: str) -> list[Element]:
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
    return values | {name: property_value(name, value) for name, value in {**given, **extended}.items()}


def property_value(name: str, value: Any) -> Values:
    """A value of a bean as a property value."""
    if isinstance(value, dict):
        entries = {key: text(each) for key, each in value.items()}
        content = {"class": "ElementProperties", "propertyValueMap": entries}
        return {"class": "MapTypePropertyValue", "typeName": types.MAP, "mapValues": content}
    if not isinstance(value, int):
        return text(value)
    kind = "date" if name.endswith(("Time", "Date")) else "int"
    category = f"OM_PRIMITIVE_TYPE_{kind.upper()}"
    primitive = {"typeName": kind, "primitiveTypeCategory": category, "primitiveValue": value}
    return {"class": "PrimitiveTypePropertyValue", **primitive}
