"""The columns of tables in files, read by libraries for the formats.

The libraries are an extra (`integration-daemon[content]`) and are imported when they are first needed. Their errors
may quote a malformed file, and are therefore replaced.
"""

import io
import tempfile
from functools import cache
from importlib.util import find_spec
from typing import Any, BinaryIO

import msgspec

LIBRARIES = ("charset_normalizer", "duckdb", "fastavro")
MOST_COLUMNS = 5_000


class Column(msgspec.Struct, frozen=True):
    """A column of a table, with the type name of its file format."""

    name: str
    data_type: str
    is_nullable: bool | None = None


class Table(msgspec.Struct, frozen=True):
    """A table that a file declares, or that is inferred from a sample."""

    columns: list[Column]
    delimiter: str | None = None
    quote: str | None = None


def missing_libraries() -> list[str]:
    """The libraries that are not installed."""
    return [name for name in LIBRARIES if find_spec(name) is None]


def csv_table(text: str, *, is_whole: bool) -> Table | str:
    """The table at the start of a CSV file, or the reason why there is none. Types are inferred from the sample."""
    import duckdb

    if not is_whole:
        text = text[: text.rfind("\n") + 1] or text  # without the incomplete last line
    with tempfile.TemporaryFile() as sample:
        sample.write(text.encode())
        sample.flush()
        try:
            found = (
                _engine()
                .cursor()
                .execute("SELECT Delimiter, Quote, HasHeader, Columns FROM sniff_csv(?)", [_path_of(sample)])
            )
            row = found.fetchone()
        except duckdb.Error:
            return "it is no table of delimited values"
    if row is None:
        return "it is no table of delimited values"
    delimiter, quote, has_header, columns = row
    named = [Column(each["name"], each["type"]) for each in columns] if has_header else []
    return _bounded(named, delimiter=delimiter, quote=None if quote == "(empty)" else quote)


def parquet_table(file: BinaryIO) -> Table | str:
    """The table of a Parquet file, or the reason why it cannot be read."""
    import duckdb

    try:
        found = _engine().cursor().execute("DESCRIBE SELECT * FROM read_parquet(?)", [_path_of(file)]).fetchall()
    except duckdb.Error:
        return "it is not a whole Parquet file"
    return _bounded([Column(name, kind, nullable == "YES") for name, kind, nullable, *_ in found])


def avro_table(head: bytes) -> Table | str:
    """The table of an Avro file, from its header, or the reason why it cannot be read."""
    import fastavro

    try:
        schema: Any = fastavro.reader(io.BytesIO(head)).writer_schema
    except Exception:  # the library may raise any exception for a malformed file
        return "its header is not that of an Avro file, or is too large"
    fields = schema.get("fields", ()) if isinstance(schema, dict) else ()
    return _bounded([_avro_column(field["name"], field["type"]) for field in fields])


def _avro_column(name: str, kind: Any) -> Column:
    others = [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]
    words = [each if isinstance(each, str) else str(each.get("logicalType", each.get("type"))) for each in others]
    return Column(name, " | ".join(words), isinstance(kind, list) and len(others) < len(kind))


def _bounded(columns: list[Column], **dialect: str | None) -> Table | str:
    if len(columns) > MOST_COLUMNS:
        return f"it has more than {MOST_COLUMNS:,} columns"
    return Table(columns, **dialect)


def _path_of(file: Any) -> str:
    """A path of an open file that, unlike its name, contains no wildcards."""
    return f"/dev/fd/{file.fileno()}"


@cache
def _engine() -> Any:
    """The database engine that reads files, with limits, because files are untrusted. It downloads no extensions."""
    import duckdb

    downloads = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(config={"threads": "1", "memory_limit": "256MB", **downloads})
