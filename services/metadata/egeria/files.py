"""Files and folders, in the form of the Data Manager OMAS of Egeria 4.

A file belongs to the folder of its path. The server creates missing folders in the name of the file's metadata source,
with Egeria's qualified names, such as `FileFolder:/data` with the display name `data`. A file or folder with another
name at the same path, as connectors of this program create it, is the same element.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.errors import InvalidParameterError
from services.metadata.changes import Link, Query
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.types import is_a
from services.metadata.egeria.views import Views
from services.metadata.egeria.writing import Writing
from services.metadata.element import ElementRecord
from services.metadata.messages import VALUE_NOT_USABLE

SERVICE = "Data Manager OMAS"
FILE, FOLDER = "DataFile", "FileFolder"
MOST_FOLDERS = 255
"""Maximum number of folders in a path."""
_BEAN = {
    "displayName": "displayName",
    "description": "description",
    "versionIdentifier": "versionIdentifier",
    "pathName": "pathName",
    "storeCreateTime": "createTime",
    "storeUpdateTime": "modifiedTime",
    "fileType": "fileType",
    "deployedImplementationType": "deployedImplementationType",
}
"""The properties of the beans of files and folders, by property of the store."""


async def at_path(reading: Reading, kind: str, path: str) -> ElementRecord | None:
    """The file or folder with a path name, of any source."""
    for separator in (":", "::"):
        query = Query(qualified_name=f"{kind}{separator}{path}", page_size=1)
        for found in await reading.store.find(query):
            if found.properties.get("pathName") == path:
                return found
    found_by_path = await reading.store.find(Query(type_name=kind, property_values={"pathName": path}, page_size=1))
    return found_by_path[0] if found_by_path else None


async def add(
    writing: Writing,
    kind: str,
    type_name: str,
    path: str,
    properties: Mapping[str, Any],
    classifications: Mapping[str, dict[str, Any]],
) -> list[str]:
    """Catalogue a file or a data folder together with its parent folders; returns their GUIDs, outermost first."""
    await writing.require_source()
    writing.reading.require_type(type_name, kind)
    parents = _parents_of(path)
    existing = [await at_path(writing.reading, FOLDER, each) for each in parents]
    missing, names = _missing(parents, existing)
    folders = [await writing.new(FOLDER, each.properties, links=each.links, is_shared=True) for each in missing]
    relationship = "FolderHierarchy" if is_a(type_name, FOLDER) else "NestedFile"
    file = await writing.new(
        type_name,
        {"qualifiedName": f"{type_name}:{path}", "pathName": path, **properties},
        classifications=classifications,
        links=[Link(relationship, name) for name in names[-1:]],
    )
    outcome = await writing.apply([*folders, file], shared=names)
    guids = [found.guid if found is not None else "" for found in existing]
    guids = [guid or await writing.guid_of(name, outcome) for name, guid in zip(names, guids, strict=True)]
    return [*guids, await writing.guid_of(file.qualified_name, outcome)]


async def add_folders(writing: Writing, path: str) -> list[str]:
    """Catalogue the folders of a path; returns their GUIDs, outermost first."""
    await writing.require_source()
    paths = [*_parents_of(path), path]
    existing = [await at_path(writing.reading, FOLDER, each) for each in paths]
    missing, names = _missing(paths, existing)
    folders = [await writing.new(FOLDER, each.properties, links=each.links, is_shared=True) for each in missing]
    outcome = await writing.apply(folders, shared=names)
    guids = [found.guid if found is not None else "" for found in existing]
    return [guid or await writing.guid_of(name, outcome) for name, guid in zip(names, guids, strict=True)]


class _Folder:
    """A folder to be created."""

    def __init__(self, path: str, parent: str | None) -> None:
        name = path.strip("/") or path
        self.properties = {"qualifiedName": f"{FOLDER}:{path}", "displayName": name, "pathName": path}
        self.links = () if parent is None else (Link("FolderHierarchy", parent),)


def _missing(paths: Sequence[str], existing: Sequence[ElementRecord | None]) -> tuple[list[_Folder], list[str]]:
    """The folders to be created, and the qualified names of all folders."""
    folders: list[_Folder] = []
    names: list[str] = []
    for path, found in zip(paths, existing, strict=True):
        if found is not None:
            names.append(found.qualified_name)
            continue
        folder = _Folder(path, names[-1] if names else None)
        folders.append(folder)
        names.append(folder.properties["qualifiedName"])
    return folders, names


def _parents_of(path: str) -> list[str]:
    """The parent folders of a path, outermost first, without the root of the file system."""
    ends = [position for position, character in enumerate(path) if character == "/" and position > 0]
    if len(ends) > MOST_FOLDERS:
        problem = f"it is a path of more than {MOST_FOLDERS} folders"
        raise InvalidParameterError(VALUE_NOT_USABLE, place="pathName", problem=problem)
    return [path[:end] for end in ends if not path[:end].endswith("/")]


async def files_in(reading: Reading, folder: str, start: int, size: int) -> list[ElementRecord]:
    """One page of the active files of a folder."""
    await reading.element(folder, parameter="folderGUID", kind=FOLDER)
    nested = await reading.related(folder, type_name="NestedFile", at_end=1, start=start, size=size)
    return [other for _, other in nested]


async def folders_in(reading: Reading, folder: str, start: int, size: int) -> list[str]:
    """The GUIDs of one page of the folders in a folder."""
    await reading.element(folder, parameter="folderGUID", kind=FOLDER)
    nested = await reading.related(folder, type_name="FolderHierarchy", at_end=1, start=start, size=size)
    return [other.guid for _, other in nested]


def bean_of(views: Views, record: ElementRecord, kind: str) -> dict[str, Any]:
    """The bean of a file or folder: the name is repeated as `name`, and the path as an extended property."""
    further: dict[str, Any] = {"name": record.properties.get("displayName")}
    bean = views.bean(record, f"{kind}Properties", _BEAN, further)
    if "pathName" in record.properties:
        content = bean[f"{kind[0].lower()}{kind[1:]}Properties"]
        extended = {"pathName": record.properties["pathName"], **content.get("extendedProperties", {})}
        content["extendedProperties"] = extended
    return bean


def properties_in(bean: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a bean by property of the store, including its additional and extended properties."""
    given = {ours: bean[theirs] for ours, theirs in _BEAN.items() if bean.get(theirs) is not None}
    if "displayName" not in given and bean.get("name") is not None:
        given["displayName"] = bean["name"]
    if bean.get("additionalProperties"):
        given["additionalProperties"] = bean["additionalProperties"]
    return {**(bean.get("extendedProperties") or {}), **given}
