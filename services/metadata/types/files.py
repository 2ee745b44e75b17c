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
    """A directory whose files together are one asset."""


class DataFile(DataStore, kw_only=True, rename="camel", omit_defaults=True):
    """A file of data."""

    file_name: str | None = None
    file_type: str | None = None
    file_extension: str | None = None
    file_size: int | None = None
    """Bytes."""


class CSVFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Values separated by a delimiter."""

    delimiter_character: str | None = None
    quote_character: str | None = None


class AvroFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Avro data."""


class JSONFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """JSON."""


class ParquetFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Parquet data."""


class SpreadsheetFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A spreadsheet."""


class XMLFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """XML."""


class YAMLFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """YAML."""


class Document(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A document to be read by people."""


class MediaFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Images, audio or video."""


class AudioFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """Sound."""


class VideoFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """Moving pictures."""


class RasterFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """A picture made of pixels."""


class VectorFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """A picture made of shapes."""


class ThreeDImageFile(MediaFile, kw_only=True, rename="camel", omit_defaults=True):
    """A three-dimensional model."""


class ArchiveFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Files packed into one."""


class LogFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """What a program has written about its work."""


class KeystoreFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Keys and certificates."""


class PropertiesFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """Settings of a program."""


class SourceCodeFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """The source of a program."""


class ScriptFile(SourceCodeFile, kw_only=True, rename="camel", omit_defaults=True):
    """A program that is run from its source."""


class BuildInstructionFile(SourceCodeFile, kw_only=True, rename="camel", omit_defaults=True):
    """How a program is built."""


class ExecutableFile(DataFile, kw_only=True, rename="camel", omit_defaults=True):
    """A program that can be run."""
