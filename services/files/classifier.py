"""The classification of files by name."""

from functools import lru_cache

import msgspec

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
    KeystoreFile,
    LogFile,
    ParquetFile,
    PropertiesFile,
    RasterFile,
    ScriptFile,
    SourceCodeFile,
    SpreadsheetFile,
    ThreeDImageFile,
    VectorFile,
    VideoFile,
    XMLFile,
    YAMLFile,
)

VERSION = 2
"""Part of every file's fingerprint: increase it when the tables below change, so that files are classified again."""


class FileClass(msgspec.Struct, frozen=True):
    """The class of a file, as its name or content indicates it."""

    element: type[DataFile]
    file_type: str
    extension: str | None = None
    encoding: str | None = None
    """The encoding that the format prescribes."""

    @property
    def deployed_implementation_type(self) -> str:
        """The technology that the file is an instance of."""
        return self.file_type


_UTF8 = "UTF-8"

_BY_EXTENSION: tuple[tuple[type[DataFile], str, str, str | None], ...] = (
    (CSVFile, "CSV File", "csv tsv psv", None),
    (JSONFile, "JSON File", "json jsonl ndjson geojson ipynb", _UTF8),
    (YAMLFile, "YAML File", "yaml yml", None),
    (XMLFile, "XML File", "xml xsd xsl xslt wsdl rdf owl kml gpx", None),
    (AvroFile, "Avro File", "avro", None),
    (ParquetFile, "Parquet File", "parquet pq", None),
    (DataFile, "ORC File", "orc", None),
    (DataFile, "Arrow File", "arrow feather", None),
    (DataFile, "SQLite Database File", "sqlite sqlite3 db3", None),
    (DataFile, "DuckDB Database File", "duckdb", None),
    (DataFile, "SAS Data File", "sas7bdat xpt", None),
    (DataFile, "HDF5 File", "h5 hdf5 nc", None),
    (SpreadsheetFile, "Spreadsheet File", "xls xlsx xlsm ods numbers", None),
    (Document, "PDF Document", "pdf", None),
    (Document, "Word Document", "doc docx odt rtf pages", None),
    (Document, "Presentation", "ppt pptx odp", None),
    (Document, "Text Document", "txt text", None),
    (Document, "Markup Document", "md markdown rst adoc html htm xhtml tex epub", None),
    (RasterFile, "Raster Image", "png jpg jpeg gif bmp tif tiff webp heic ico dcm", None),
    (VectorFile, "Vector Image", "svg eps ai", None),
    (ThreeDImageFile, "3D Model", "stl obj gltf glb fbx", None),
    (AudioFile, "Audio File", "mp3 wav flac ogg m4a aac opus", None),
    (VideoFile, "Video File", "mp4 mkv mov avi webm mpg mpeg", None),
    (ArchiveFile, "Archive File", "zip tar gz tgz bz2 xz 7z rar zst jar war whl deb rpm iso", None),
    (LogFile, "Log File", "log", None),
    (PropertiesFile, "Properties File", "properties ini cfg conf env toml service socket timer desktop pc", None),
    (KeystoreFile, "Keystore File", "jks p12 pfx pem crt cer key", None),
    (ScriptFile, "Script File", "sh bash zsh ps1 bat cmd awk sed pl pm vim", None),
    (ScriptFile, "SQL Script", "sql ddl", None),
    (ScriptFile, "Python Source File", "py pyi", None),
    (SourceCodeFile, "Java Source File", "java kt scala groovy", None),
    (SourceCodeFile, "C Source File", "c h cc cpp hpp cxx", None),
    (SourceCodeFile, "JavaScript Source File", "js mjs ts tsx jsx", None),
    (SourceCodeFile, "Source Code File", "go rs rb php cs swift r jl lua hs erl ex s asm css scss", None),
    (BuildInstructionFile, "Build Instruction File", "gradle mk cmake", None),
    (ExecutableFile, "Executable File", "exe dll so class pyc bin o", None),
)

_BY_NAME = {
    "makefile": BuildInstructionFile,
    "dockerfile": BuildInstructionFile,
    "containerfile": BuildInstructionFile,
    "jenkinsfile": BuildInstructionFile,
    "pom.xml": BuildInstructionFile,
    "package.json": BuildInstructionFile,
    "cmakelists.txt": BuildInstructionFile,
    "readme": Document,
    "license": Document,
}

_EXTENSIONS = {
    extension: FileClass(element, file_type, extension, encoding)
    for element, file_type, extensions, encoding in _BY_EXTENSION
    for extension in extensions.split()
}
_NAMED = {
    BuildInstructionFile: "Build Instruction File",
    Document: "Text Document",
}


def classify(file_name: str) -> FileClass:
    """Classify a file by its name; a name without a known form indicates a plain data file."""
    named = _BY_NAME.get(file_name.lower())
    extension = _extension(file_name)
    if named is not None:
        return FileClass(named, _NAMED[named], extension)
    return _of_extension(extension)


@lru_cache(maxsize=4096)
def _of_extension(extension: str | None) -> FileClass:
    if extension is None:
        return FileClass(DataFile, "Data File")
    known = _EXTENSIONS.get(extension.lower())
    if known is None:
        return FileClass(DataFile, "Data File", extension)
    return msgspec.structs.replace(known, extension=extension)


def _extension(file_name: str) -> str | None:
    stem, dot, extension = file_name.rpartition(".")
    return extension if dot and stem.strip(".") and extension else None
