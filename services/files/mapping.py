"""The elements of folders and files, and the schemas of files that hold tables.

A schema and its columns are parts of their file: their source keys begin with the file's, and they are unchanged as
long as the file is unchanged.
"""

import os
import stat
import time
from collections.abc import Iterator
from functools import lru_cache

from services.files.classifier import VERSION, FileClass, classify
from services.files.content import Content, classify_file
from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.stored_names import stored_name
from services.metadata.types.files import CSVFile, DataFile, FileFolder
from services.metadata.types.tabular import TabularColumn, TabularSchemaType

_MOUNT = ".m"
"""Suffix of the fingerprint of a mount point."""


def folder_element(path: str, status: os.stat_result, kind: type[FileFolder] = FileFolder) -> FileFolder:
    """The element of a folder; `path` is its stored name."""
    return kind(
        qualified_name=f"{kind.type_name()}::{path}",
        display_name=path.rpartition("/")[2] or path,
        path_name=path,
        store_update_time=iso_time(status.st_mtime_ns),
    )


def iso_time(nanoseconds: int) -> str:
    """A time of the file system in the form of properties: ISO 8601, UTC, in milliseconds."""
    seconds, rest = divmod(nanoseconds // 1_000_000, 1000)
    return f"{_second(seconds)}.{rest:03}+00:00"


@lru_cache(maxsize=4096)  # many files often have the same time
def _second(seconds: int) -> str:
    at = time.gmtime(seconds)
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}T{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"


def folder_fingerprint(status: os.stat_result, *, is_mount: bool) -> str:
    """The fingerprint of a folder."""
    return f"d{status.st_mtime_ns}.{status.st_mode}.{VERSION}{_MOUNT if is_mount else ''}"


def was_mount(fingerprint: str | None) -> bool:
    """True if a file system was mounted on the folder with this fingerprint."""
    return fingerprint is not None and fingerprint.endswith(_MOUNT)


def folder_put(source_key: str, fingerprint: str, status: os.stat_result, *, is_root: bool) -> Put:
    """The put of a folder."""
    path = _path_of(source_key)
    links = () if is_root else (Link("FolderHierarchy", f"FileFolder::{os.path.dirname(path)}"),)
    return to_put(folder_element(path, status), source_key=source_key, fingerprint=fingerprint, links=links)


def _path_of(folder: str) -> str:
    """The stored name of the folder at a source key."""
    return folder[:-1] or "/"


def file_fingerprint(status: os.stat_result, *, is_link: bool, by_content: bool) -> str:
    """The fingerprint of a file."""
    way = "c" if by_content else ""
    return f"{status.st_size}.{status.st_mtime_ns}.{status.st_mode}.{is_link:d}.{VERSION}{way}"


class FileStatement:
    """A new or changed file."""

    def __init__(
        self,
        entry: os.DirEntry[str],
        source_key: str,
        fingerprint: str,
        status: os.stat_result,
        *,
        is_link: bool,
        by_content: bool,
    ) -> None:
        self._path = entry.path
        self._source_key = source_key
        self._fingerprint = fingerprint
        self._status = status
        self._is_link = is_link
        named = classify(entry.name)
        self._content = classify_file(entry.path, named) if by_content else Content(file_class=named)

    @property
    def problem(self) -> str | None:
        """The reason why its content could not be read."""
        return self._content.problem

    def puts(self) -> Iterator[Put]:
        """The puts of the file and of its schema, in the order of source keys."""
        file_class = self._content.file_class
        element = self._element(file_class)
        folder = self._source_key.rpartition("/")[0] or "/"
        yield to_put(
            element,
            source_key=self._source_key,
            fingerprint=self._fingerprint,
            links=(Link("NestedFile", f"FileFolder::{folder}"),),
            classifications={"DataAssetEncoding": {"encoding": file_class.encoding}} if file_class.encoding else None,
        )
        yield from self._schema(element.qualified_name)

    def _schema(self, file: str) -> Iterator[Put]:
        columns = self._content.columns
        if not columns:
            return
        name = f"{file}::schema"
        source_key = self._source_key + PART
        yield to_put(
            TabularSchemaType(qualified_name=name, display_name="schema"),
            source_key=source_key,
            links=(Link("Schema", file),),
        )
        for position, column in enumerate(columns):
            yield to_put(
                TabularColumn(
                    qualified_name=f"{name}::{position}::{column.name}",
                    display_name=column.name,
                    element_position=position,
                    data_type=column.data_type,
                    is_nullable=column.is_nullable,
                ),
                source_key=f"{source_key}{position:05}",
                links=(Link("AttributeForSchema", name),),
                classifications={
                    "TypeEmbeddedAttribute": {"schemaTypeName": "TabularColumnType", "dataType": column.data_type}
                },
            )

    def _element(self, file_class: FileClass) -> DataFile:
        source_key, path, status = self._source_key, self._path, self._status
        name = source_key.rpartition("/")[2]
        table = self._content.table
        dialect: dict[str, str | None] = {}
        if table is not None and file_class.element is CSVFile:
            dialect = {"delimiter_character": table.delimiter, "quote_character": table.quote}
        return file_class.element(
            qualified_name=f"{file_class.element.type_name()}::{source_key}",
            display_name=name,
            path_name=source_key,
            file_name=name,
            file_type=file_class.file_type,
            file_extension=file_class.extension and stored_name(file_class.extension),
            file_size=status.st_size,
            store_update_time=iso_time(status.st_mtime_ns),
            deployed_implementation_type=file_class.deployed_implementation_type,
            additional_properties={
                "canRead": _flag(os.access(path, os.R_OK)),
                "canWrite": _flag(os.access(path, os.W_OK)),
                "canExecute": _flag(bool(status.st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH))),
                "isHidden": _flag(name.startswith(".")),
                "isSymLink": _flag(self._is_link),
            },
            **dialect,
        )


def _flag(value: bool) -> str:
    return "true" if value else "false"
