"""The context of connectors that catalogue files."""

from collections.abc import Sequence

from services.framework.context import IntegrationContext
from services.metadata.changes import Outcome, Query, Remove
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile, FileFolder


def folder_source_key(path: str) -> str:
    """The source key of a folder: its path with a final `/`, so that it is also the scope of its content."""
    return path if path.endswith("/") else path + "/"


class FilesIntegratorContext(IntegrationContext):
    """Open metadata as files and folders. Paths are absolute, like the elements' `pathName`."""

    __slots__ = ()

    async def file_at(self, path: str) -> ElementRecord | None:
        """The file catalogued at this path by this connector's metadata source."""
        return await self._at("DataFile", path)

    async def folder_at(self, path: str) -> ElementRecord | None:
        """The folder catalogued at this path by this connector's metadata source."""
        return await self._at("FileFolder", path)

    async def files_in(self, folder: ElementRecord) -> list[ElementRecord]:
        """The active files directly in a folder."""
        nested = await self.relationships([folder.guid], type_name="NestedFile")
        files = await self.get([each.end2_guid for each in nested if each.end1_guid == folder.guid])
        return [file for file in files if "Memento" not in file.classifications]

    async def put_files(self, files: Sequence[DataFile]) -> Outcome:
        """Add or update files in the catalogue; unchanged files are not written."""
        return await self.apply([to_put(file, source_key=file.path_name) for file in files])

    async def put_folder(self, folder: FileFolder) -> Outcome:
        """Add a folder to the catalogue, or update it."""
        return await self.apply([to_put(folder, source_key=folder_source_key(folder.path_name or ""))])

    async def remove_file(self, path: str, *, delete: bool = False) -> Outcome:
        """Archive the file catalogued at this path, or delete it permanently."""
        return await self.apply([Remove(source_key=path, delete=delete, archive_process=self.connector_name)])

    async def _at(self, type_name: str, path: str) -> ElementRecord | None:
        found = await self.find(
            Query(
                type_name=type_name,
                metadata_source=self.settings.metadata_source,
                property_values={"pathName": path},
                page_size=1,
            )
        )
        return found[0] if found else None
