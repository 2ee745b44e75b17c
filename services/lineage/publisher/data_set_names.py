"""The OpenLineage names of catalogued elements: the inverse of `services.lineage.openlineage.naming`."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from services.metadata.element import ElementRecord
from services.metadata.stored_names import system_name
from services.metadata.types.registry import subtypes_of

OTHERS = "open-metadata"
"""The namespace of elements without a naming rule."""
_FILE_DATABASES = {"DuckDB Database": "duckdb", "SQLite Database": "sqlite"}
_POSTGRES_PARTS, _MARIADB_PARTS = 4, 3


class DataSetName(NamedTuple):
    """The namespace and the name of a data set."""

    namespace: str
    name: str


def database_of(element: ElementRecord) -> str | None:
    """The qualified name of the database of a table in a file; the table's name does not contain its technology."""
    kind, _, path = element.qualified_name.partition("::")
    return f"Database::{path.rsplit('::', 2)[0]}" if kind == "RelationalTable" and path.startswith("/") else None


def data_set_name(element: ElementRecord, technologies: Mapping[str, str]) -> DataSetName:
    """The name of a data set. `technologies` contains those of databases, by qualified name."""
    kind, _, path = element.qualified_name.partition("::")
    if kind == "RelationalTable":
        database = database_of(element)
        if database is not None:
            scheme = _FILE_DATABASES.get(technologies.get(database, ""))
            name = _table_in_a_file(path, scheme) if scheme is not None else None
        else:
            name = _table_of_a_server([unquote(each) for each in path.split("::")])
        if name is not None:
            return name
    if path.startswith("/") and kind in {*subtypes_of("DataFile"), *subtypes_of("FileFolder")}:
        return DataSetName("file", _text(system_name(path)))
    further = element.properties.get("additionalProperties") or {}
    if kind == "OpenLineageDataSet" and "namespace" in further:
        return DataSetName(further["namespace"], str(element.properties.get("resourceName", path)))
    return DataSetName(OTHERS, element.qualified_name)


def _table_of_a_server(parts: list[str]) -> DataSetName | None:
    if len(parts) == _POSTGRES_PARTS:
        return DataSetName(f"postgres://{parts[0]}", ".".join(parts[1:]))
    if len(parts) == _MARIADB_PARTS:
        return DataSetName(f"mysql://{parts[0]}", ".".join(parts[1:]))
    return None


def _table_in_a_file(path: str, scheme: str) -> DataSetName:
    file, schema, table = path.rsplit("::", 2)
    stem = file.rpartition("/")[2].partition(".")[0]
    return DataSetName(f"{scheme}://{file}", ".".join((stem, unquote(schema), unquote(table))))


def _text(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
