"""Files and folders."""

from services.metadata.types.base import DataAsset, DataStore, SoftwareCapability


class FileSystem(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """A file system, as the metadata source of the files on it."""


class FileManager(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """A manager of a collection of files."""


class FileFolder(DataAsset, kw_only=True, rename="camel", omit_defaults=True):
    """A directory."""

    path_name: str | None = None
    store_create_time: str | None = None
    store_update_time: str | None = None


class DataFolder(FileFolder, kw_only=True, rename="camel", omit_defaults=True):
    """A directory whose files together form one asset."""


class DataFile(DataStore, kw_only=True, rename="camel", omit_defaults=True):
    """A file of data."""

    file_name: str | None = None
    file_type: str | None = None
    file_extension: str | None = None
    file_size: int | None = None
    """Bytes."""


class CSVFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file of values separated by a delimiter."""

    delimiter_character: str | None = None
    quote_character: str | None = None


class AvroFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file in Avro format."""


class JSONFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file in JSON format."""


class ParquetFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file in Parquet format."""


class SpreadsheetFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A spreadsheet."""


class XMLFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file in XML format."""


class YAMLFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file in YAML format."""


class Document(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A document for people to read."""


class MediaFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file with images, audio or video."""


class AudioFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """An audio file."""


class VideoFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """A video file."""


class RasterFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """An image made of pixels."""


class VectorFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """An image made of shapes."""


class ThreeDImageFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """A three-dimensional model."""


class ArchiveFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """An archive that contains other files."""


class LogFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A log of a program."""


class KeystoreFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file with keys and certificates."""


class PropertiesFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A file with the settings of a program."""


class SourceCodeFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """The source code of a program."""


class ScriptFile(SourceCodeFile, kw_only=True, rename="camel", omit_defaults=True):
    """A program that runs from its source code."""


class BuildInstructionFile(SourceCodeFile, kw_only=True, rename="camel", omit_defaults=True):
    """Instructions for building a program."""


class ExecutableFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """An executable program."""
