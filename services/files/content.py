"""Classifies files by their first bytes, in addition to their names, if it is configured.

A signature counts if the name indicates nothing, or if the name indicates text but the content is not text.
"""

import os

import msgspec

from services.files.classifier import FileClass
from services.files.tables import Column, Table, avro_table, csv_table, parquet_table
from services.metadata.types.files import (
    ArchiveFile,
    AudioFile,
    AvroFile,
    BuildInstructionFile,
    CSVFile,
    DataFile,
    Document,
    ExecutableFile,
    JSONFile,
    LogFile,
    ParquetFile,
    PropertiesFile,
    RasterFile,
    ScriptFile,
    SourceCodeFile,
    VideoFile,
    XMLFile,
    YAMLFile,
)

HEAD = 65_536
"""Number of bytes that are examined; for a Parquet file, its end is read as well."""

_SIGNATURES: tuple[tuple[int, bytes, type[DataFile], str], ...] = (
    (0, b"PAR1", ParquetFile, "Parquet File"),
    (0, b"Obj\x01", AvroFile, "Avro File"),
    (0, b"ORC", DataFile, "ORC File"),
    (0, b"ARROW1", DataFile, "Arrow File"),
    (0, b"SQLite format 3\x00", DataFile, "SQLite Database File"),
    (8, b"DUCK", DataFile, "DuckDB Database File"),
    (0, b"\x89HDF\r\n\x1a\n", DataFile, "HDF5 File"),
    (0, b"%PDF-", Document, "PDF Document"),
    (0, b"PK\x03\x04", ArchiveFile, "Archive File"),
    (0, b"PK\x05\x06", ArchiveFile, "Archive File"),
    (0, b"\x1f\x8b", ArchiveFile, "Archive File"),
    (0, b"BZh", ArchiveFile, "Archive File"),
    (0, b"\xfd7zXZ\x00", ArchiveFile, "Archive File"),
    (0, b"\x28\xb5\x2f\xfd", ArchiveFile, "Archive File"),
    (0, b"7z\xbc\xaf\x27\x1c", ArchiveFile, "Archive File"),
    (0, b"Rar!\x1a\x07", ArchiveFile, "Archive File"),
    (257, b"ustar", ArchiveFile, "Archive File"),
    (0, b"!<arch>\n", ArchiveFile, "Archive File"),
    (0, b"\x89PNG\r\n\x1a\n", RasterFile, "Raster Image"),
    (0, b"\xff\xd8\xff", RasterFile, "Raster Image"),
    (0, b"GIF8", RasterFile, "Raster Image"),
    (0, b"II*\x00", RasterFile, "Raster Image"),
    (0, b"MM\x00*", RasterFile, "Raster Image"),
    (8, b"WEBP", RasterFile, "Raster Image"),
    (8, b"WAVE", AudioFile, "Audio File"),
    (0, b"fLaC", AudioFile, "Audio File"),
    (0, b"OggS", AudioFile, "Audio File"),
    (0, b"ID3", AudioFile, "Audio File"),
    (4, b"ftyp", VideoFile, "Video File"),
    (0, b"\x1aE\xdf\xa3", VideoFile, "Video File"),
    (8, b"AVI ", VideoFile, "Video File"),
    (0, b"\x7fELF", ExecutableFile, "Executable File"),
    (0, b"MZ", ExecutableFile, "Executable File"),
    (0, b"\xca\xfe\xba\xbe", ExecutableFile, "Executable File"),
)
"""Offset, bytes, and the class of files with these bytes there. The sources are the specifications of the formats."""

_BEGINNINGS: tuple[tuple[str, type[DataFile], str], ...] = (
    ("#!", ScriptFile, "Script File"),
    ("<?xml", XMLFile, "XML File"),
    ("<!DOCTYPE html", Document, "Markup Document"),
    ("<html", Document, "Markup Document"),
)
_TEXTS = (
    BuildInstructionFile,
    CSVFile,
    JSONFile,
    LogFile,
    PropertiesFile,
    SourceCodeFile,
    XMLFile,
    YAMLFile,
)
_TEXT_DOCUMENTS = ("Text Document", "Markup Document")
_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16LE"), (b"\xfe\xff", "UTF-16BE"))


class Content(msgspec.Struct, kw_only=True):
    """The result of examining the content of a file."""

    file_class: FileClass
    table: Table | None = None
    problem: str | None = None
    """The reason why the content could not be examined, without quoting any of it."""

    @property
    def columns(self) -> list[Column]:
        """The columns of the file's table."""
        return self.table.columns if self.table is not None else []


def classify_file(path: str, named: FileClass) -> Content:
    """Classify a file by its first bytes and its name. Blocks; raises `OSError`."""
    with open(path, "rb") as file:
        head = file.read(HEAD)
        signed = _by_signature(head)
        if signed is not None and (named.element is DataFile or _promises_text(named)):
            named = FileClass(*signed, extension=named.extension)
        if named.element is ParquetFile:
            return _with_table(named, parquet_table(file))
        if named.element is AvroFile:
            return _with_table(named, avro_table(head))
        if signed is None and (named.element is DataFile or _promises_text(named)):
            return _text(head, named, is_whole=len(head) == os.fstat(file.fileno()).st_size)
    return Content(file_class=named)


def _by_signature(head: bytes) -> tuple[type[DataFile], str] | None:
    for offset, signature, element, file_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return element, file_type
    return None


def _promises_text(named: FileClass) -> bool:
    return issubclass(named.element, _TEXTS) or named.file_type in _TEXT_DOCUMENTS


def _with_table(named: FileClass, table: Table | str) -> Content:
    if isinstance(table, str):
        return Content(file_class=named, problem=table)
    return Content(file_class=named, table=table)


def _text(head: bytes, named: FileClass, *, is_whole: bool) -> Content:
    encoding, text = _decoded(head)
    if encoding is None:
        is_misnamed = bool(head) and _promises_text(named)
        return Content(file_class=named, problem="it is not text, which its name promises" if is_misnamed else None)
    if named.element is DataFile and named.file_type == "Data File":
        named = _by_beginning(text, named, is_whole=is_whole)
    named = msgspec.structs.replace(named, encoding=encoding)
    if named.element is CSVFile and text:
        return _with_table(named, csv_table(text, is_whole=is_whole))
    return Content(file_class=named)


def _by_beginning(text: str, named: FileClass, *, is_whole: bool) -> FileClass:
    start = text.lstrip()
    for beginning, element, file_type in _BEGINNINGS:
        if start[: len(beginning)].lower() == beginning.lower():
            return FileClass(element, file_type, extension=named.extension)
    if start[:1] in ("{", "[") and _is_json(start, is_whole=is_whole):
        return FileClass(JSONFile, "JSON File", extension=named.extension)
    if named.extension is None and text:
        return FileClass(Document, "Text Document")
    return named


def _is_json(text: str, *, is_whole: bool) -> bool:
    """True if a text is a JSON document, or starts with a line that is one."""
    for part in ((text,) if is_whole else ()) + (text.partition("\n")[0],):
        try:
            msgspec.json.decode(part)
        except msgspec.DecodeError:
            continue
        return True
    return False


def _decoded(head: bytes) -> tuple[str | None, str]:
    """The encoding and the text of a file; no encoding if it is not text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, head[len(mark) :].decode(encoding, "replace")
    if b"\x00" in head:
        return None, ""
    try:
        return "UTF-8", head.decode()
    except UnicodeDecodeError as error:
        if len(head) == HEAD and error.start > HEAD - 4:  # the last character may be incomplete
            return "UTF-8", head[: error.start].decode()
    return _guessed(head)


def _guessed(head: bytes) -> tuple[str | None, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(head).best()
    if best is None:
        return None, ""
    return best.encoding.upper().replace("_", "-"), str(best)
