"""The bodies, queries and answers of the routes of files and folders."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.egeria.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.query import FreeQuery, Offset
from services.metadata.bounds import Natural
from services.metadata.egeria.times import iso_time


class PathNameRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """A request about a path."""

    full_path: str


class DataFileRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """A file or a folder."""

    type_name: str | None = None
    path_name: str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    version_identifier: str | None = None
    create_time: Natural | datetime | None = None
    modified_time: Natural | datetime | None = None
    file_type: str | None = None
    deployed_implementation_type: str | None = None
    additional_properties: dict[str, str] | None = None
    extended_properties: dict[str, Any] | None = None
    encoding_type: str | None = None
    encoding_language: str | None = None
    encoding_description: str | None = None

    @property
    def bean(self) -> dict[str, Any]:
        """The properties under the names of the bean, with times as texts."""
        values = msgspec.to_builtins(self, builtin_types=(datetime,))
        for name in ("createTime", "modifiedTime"):
            values[name] = iso_time(values[name])
        return dict(values)

    @property
    def classifications(self) -> dict[str, dict[str, Any]]:
        """The classification for the encoding of the content."""
        values = {
            "encoding": self.encoding_type,
            "language": self.encoding_language,
            "description": self.encoding_description,
        }
        given = {name: value for name, value in values.items() if value is not None}
        return {"DataStoreEncoding": given} if given else {}


class ArchiveRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """The time and the process of an archiving."""

    archive_date: Natural | datetime | None = None
    archive_process: str | None = None


class PageQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page; clients use different names for the parameters."""

    start_from: Offset = 0
    """The number of elements before the page."""
    starting_from: Offset = 0
    """Another name of `startFrom`."""
    page_size: Offset = 0
    """The number of elements in the page; 0: the server's maximum."""
    max_page_size: Offset = 0
    """Another name of `pageSize`."""
    maximum_results: Offset = 0
    """Another name of `pageSize`."""

    @property
    def start(self) -> int:
        """The number of elements before the page."""
        return self.start_from or self.starting_from

    @property
    def size(self) -> int:
        """The number of elements in the page; 0: the server's maximum."""
        return self.page_size or self.max_page_size or self.maximum_results


class MergeQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The manner of a change of properties."""

    is_merge_update: bool = False
    """True: given properties are merged into those of the element. False: they replace them."""


class GUIDListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """GUIDs of elements."""

    guids: list[str] | UnsetType = UNSET


class DataFileResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A file; absent if none is found."""

    data_file: dict[str, Any] | UnsetType = UNSET


class DataFilesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A list of files."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET


class FileFolderResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A folder; absent if none is found."""

    folder: dict[str, Any] | UnsetType = UNSET
