"""The routes of files and folders of the Data Manager OMAS, which a files integrator of Egeria 4 uses."""

from collections.abc import Awaitable, Callable

from integration_daemon.rest.body import not_understood
from integration_daemon.rest.egeria.file_bodies import (
    ArchiveRequestBody,
    DataFileRequestBody,
    DataFileResponse,
    DataFilesResponse,
    FileFolderResponse,
    GUIDListResponse,
    MergeQuery,
    PageQuery,
    PathNameRequestBody,
)
from integration_daemon.rest.egeria.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.egeria.requests import milliseconds_now, reading, writing
from integration_daemon.rest.ffdc import VoidResponse
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.egeria.files import (
    FILE,
    FOLDER,
    SERVICE,
    add,
    add_folders,
    at_path,
    bean_of,
    files_in,
    folders_in,
    properties_in,
)
from services.metadata.egeria.writing import Writing
from services.metadata.element import ElementRecord


async def _add_file(call: Call) -> GUIDListResponse:
    """Catalogue a file, with the folders of its path."""
    return await _add(call, FILE)


async def _add_data_folder(call: Call) -> GUIDListResponse:
    """Catalogue a folder whose files together are one asset, with the folders of its path."""
    return await _add(call, "DataFolder")


async def _add(call: Call, kind: str) -> GUIDListResponse:
    body: DataFileRequestBody = call.body
    if not body.path_name:
        raise not_understood("$.pathName", "a file or a folder needs a path name, which is a text")
    properties = properties_in(body.bean)
    guids = await add(
        writing(call, SERVICE), kind, body.type_name or kind, body.path_name, properties, body.classifications
    )
    return GUIDListResponse(guids=guids)


async def _add_folders(call: Call) -> GUIDListResponse:
    """Catalogue the folders of a path."""
    body: PathNameRequestBody = call.body
    return GUIDListResponse(guids=await add_folders(writing(call, SERVICE), body.full_path))


def _update(kind: str) -> Callable[[Call], Awaitable[VoidResponse]]:
    async def update(call: Call) -> VoidResponse:
        """Change a file or a data folder."""
        body: DataFileRequestBody = call.body
        write = writing(call, SERVICE)
        await write.require_source()
        found = await _to_change(call, write, kind)
        properties = properties_in(body.bean)
        kept = {} if call.query.is_merge_update else {"pathName": found.properties.get("pathName")}
        await write.update(found, {**kept, **properties}, replace=not call.query.is_merge_update)
        return VoidResponse()

    return update


def _archive(kind: str) -> Callable[[Call], Awaitable[VoidResponse]]:
    async def archive(call: Call) -> VoidResponse:
        """Archive a file or a data folder: it is kept, but searches no longer find it."""
        body: ArchiveRequestBody = call.body or ArchiveRequestBody()
        write = writing(call, SERVICE)
        await write.require_source()
        found = await _to_change(call, write, kind)
        await write.remove(found, delete=False, process=body.archive_process or call.user)
        return VoidResponse()

    return archive


def _delete(kind: str) -> Callable[[Call], Awaitable[VoidResponse]]:
    async def delete(call: Call) -> VoidResponse:
        """Delete a file or a data folder for good."""
        write = writing(call, SERVICE)
        await write.require_source()
        await write.remove(await _to_change(call, write, kind), delete=True)
        return VoidResponse()

    return delete


async def _attach(call: Call) -> VoidResponse:
    """Link a file to a folder other than its own."""
    write = writing(call, SERVICE)
    await write.relate("LinkedFile", await _folder(call, write), await _to_change(call, write), {})
    return VoidResponse()


async def _detach(call: Call) -> VoidResponse:
    """Remove the link of a file to a folder."""
    write = writing(call, SERVICE)
    folder, file = await _folder(call, write), await _to_change(call, write)
    for relationship in ("LinkedFile", "NestedFile"):
        await write.unrelate(relationship, folder, file)
    return VoidResponse()


async def _file(call: Call) -> DataFileResponse:
    """Return a file by its GUID."""
    found = await reading(call, SERVICE).element(call.parameters["guid"], parameter="dataFileGUID", kind=FILE)
    return await _shown_file(call, found)


async def _file_by_path(call: Call) -> DataFileResponse:
    """Return the file at a path."""
    return await _shown_file(call, await at_path(reading(call, SERVICE), FILE, call.body.full_path))


async def _shown_file(call: Call, found: ElementRecord | None) -> DataFileResponse:
    if found is None:
        return DataFileResponse()
    return DataFileResponse(data_file=bean_of(await reading(call).views([found]), found, FILE))


async def _folder_by_guid(call: Call) -> FileFolderResponse:
    """Return a folder by its GUID."""
    found = await reading(call, SERVICE).element(call.parameters["guid"], parameter="folderGUID", kind=FOLDER)
    return await _shown_folder(call, found)


async def _folder_by_path(call: Call) -> FileFolderResponse:
    """Return the folder at a path."""
    return await _shown_folder(call, await at_path(reading(call, SERVICE), FOLDER, call.body.full_path))


async def _shown_folder(call: Call, found: ElementRecord | None) -> FileFolderResponse:
    if found is None:
        return FileFolderResponse()
    return FileFolderResponse(folder=bean_of(await reading(call).views([found]), found, FOLDER))


async def _files_in_folder(call: Call) -> DataFilesResponse:
    """Return the files in a folder."""
    query: PageQuery = call.query
    read = reading(call, SERVICE)
    found = await files_in(read, call.parameters["guid"], query.start, query.size)
    if not found:
        return DataFilesResponse()
    views = await read.views(found)
    return DataFilesResponse(element_list=[bean_of(views, each, FILE) for each in found])


async def _folders_in_folder(call: Call) -> GUIDListResponse:
    """Return the GUIDs of the folders in a folder."""
    query: PageQuery = call.query
    guids = await folders_in(reading(call, SERVICE), call.parameters["guid"], query.start, query.size)
    return GUIDListResponse(guids=guids) if guids else GUIDListResponse()


async def _to_change(call: Call, write: Writing, kind: str = FILE) -> ElementRecord:
    return await write.reading.element(
        call.parameters["guid"], parameter="dataFileGUID", kind=kind, at=milliseconds_now()
    )


async def _folder(call: Call, write: Writing) -> ElementRecord:
    return await write.reading.element(call.parameters["folder"], parameter="folderGUID", kind=FOLDER)


_ROOT = "/servers/{server}/open-metadata/access-services/data-manager{users}/filesystems"
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
_GUIDS, _FILE, _FOLDER = "GUIDListResponse", "DataFileResponse", "FileFolderResponse"


def _changes(path: str, action: str, kind: str) -> tuple[Route, ...]:
    """The routes that change a file or a data folder."""
    one = f"{_ROOT}/{path}/{{guid}}"
    return (
        post(one, _update(kind), _CHANGE, _WHOLE, body=DataFileRequestBody, body_required=True, query=MergeQuery,
             action=f"update{action}InCatalog"),
        post(one + "/archive", _archive(kind), _CHANGE, _WHOLE, body=ArchiveRequestBody,
             action=f"archive{action}InCatalog"),
        post(one + "/delete", _delete(kind), _CHANGE, _WHOLE, body=SourceRequestBody,
             action=f"delete{action}FromCatalog"),
    )  # fmt: skip


_FILE_IN_FOLDER = _ROOT + "/folders/{folder}/data-files/{guid}"

ROUTES: tuple[Route, ...] = (
    post(_ROOT + "/data-files", _add_file, _CHANGE, _WHOLE, body=DataFileRequestBody, body_required=True,
         answer=_GUIDS, action="addDataFileToCatalog"),
    post(_ROOT + "/data-folders", _add_data_folder, _CHANGE, _WHOLE, body=DataFileRequestBody, body_required=True,
         answer=_GUIDS, action="addDataFolderAssetToCatalog"),
    post(_ROOT + "/folders/parent/{parent}", _add_folders, _CHANGE, _WHOLE, body=PathNameRequestBody,
         body_required=True, answer=_GUIDS, action="createFolderStructureInCatalog"),
    post(_ROOT + "/data-files/by-path-name", _file_by_path, _READ, _WHOLE, body=PathNameRequestBody,
         body_required=True, answer=_FILE, action="getDataFileByPathName"),
    post(_ROOT + "/folders/by-path-name", _folder_by_path, _READ, _WHOLE, body=PathNameRequestBody,
         body_required=True, answer=_FOLDER, action="getFolderByPathName"),
    *_changes("data-files", "DataFile", FILE),
    *_changes("data-folders", "DataFolder", FOLDER),
    get(_ROOT + "/data-files/{guid}", _file, _READ, _WHOLE, answer=_FILE, action="getDataFileByGUID"),
    get(_ROOT + "/folders/{guid}", _folder_by_guid, _READ, _WHOLE, answer=_FOLDER, action="getFolderByGUID"),
    get(_ROOT + "/folders/{guid}/data-files", _files_in_folder, _READ, _WHOLE, query=PageQuery,
        answer="DataFilesResponse", action="getFolderFiles"),
    get(_ROOT + "/folders/{guid}/folders", _folders_in_folder, _READ, _WHOLE, query=PageQuery, answer=_GUIDS,
        action="getNestedFolders"),
    post(_FILE_IN_FOLDER + "/attach", _attach, _CHANGE, _WHOLE, body=SourceRequestBody,
         action="attachDataFileAssetToFolder"),
    post(_FILE_IN_FOLDER + "/detach", _detach, _CHANGE, _WHOLE, body=SourceRequestBody,
         action="detachDataFileAssetFromFolder"),
)  # fmt: skip
