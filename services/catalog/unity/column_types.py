"""The type of a column at a Unity Catalog server, from the type as its database names it."""

import re
from typing import NamedTuple

from services.catalog.synchronization.sql_types import iceberg_type

_DECIMAL = re.compile(r"decimal\((\d+), (\d+)\)")
_NAMES = {
    "bool": ("BOOLEAN", "boolean"),
    "int": ("INT", "int"),
    "long": ("LONG", "bigint"),
    "float": ("FLOAT", "float"),
    "double": ("DOUBLE", "double"),
    "date": ("DATE", "date"),
    "timestamp": ("TIMESTAMP_NTZ", "timestamp_ntz"),
    "timestamptz": ("TIMESTAMP", "timestamp"),
    "binary": ("BINARY", "binary"),
}


class ColumnType(NamedTuple):
    """A type in the form of the API."""

    name: str
    text: str
    precision: int | None = None
    scale: int | None = None


def column_type(data_type: str) -> ColumnType:
    """The type that holds the values of a column; `STRING` if no closer type exists."""
    kind = iceberg_type(data_type)
    if (decimal := _DECIMAL.fullmatch(kind)) is not None:
        precision, scale = int(decimal[1]), int(decimal[2])
        return ColumnType("DECIMAL", f"decimal({precision},{scale})", precision, scale)
    return ColumnType(*_NAMES.get(kind, ("STRING", "string")))
