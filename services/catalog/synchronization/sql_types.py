"""The Iceberg type of a database column, from the type as its database names it."""

import re

_LIMITS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_PLAIN = {
    "boolean": ("bool", "boolean"),
    "int": ("tinyint", "smallint", "mediumint", "int", "integer", "int2", "int4", "serial", "year"),
    "long": ("bigint", "int8", "bigserial", "hugeint", "long"),
    "float": ("real", "float4"),
    "double": ("double", "double precision", "float", "float8"),
    "date": ("date",),
    "time": ("time", "time without time zone"),
    "timestamp": ("timestamp", "timestamp without time zone", "datetime"),
    "timestamptz": ("timestamptz", "timestamp with time zone"),
    "uuid": ("uuid",),
    "binary": ("bytea", "blob", "binary", "varbinary", "longblob", "mediumblob", "tinyblob"),
}
_BY_NAME = {name: kind for kind, names in _PLAIN.items() for name in names}
MOST_DIGITS = 38
"""Maximum precision of a decimal (Iceberg table specification, primitive types)."""
USUAL_DECIMAL = "decimal(38, 9)"
"""The type of a number without precision and scale."""


def iceberg_type(data_type: str) -> str:
    """The type that holds the values of a column; `string` if no closer type exists."""
    text = data_type.lower()
    limits = _LIMITS.search(text)
    name = " ".join(_LIMITS.sub(" ", text).split())
    if name.endswith(" unsigned"):
        return "long"
    if name in ("numeric", "decimal", "number", "dec"):
        if limits is None:
            return USUAL_DECIMAL
        return f"decimal({limits[1]}, {limits[2] or 0})" if 0 < int(limits[1]) <= MOST_DIGITS else "string"
    return _BY_NAME.get(name, "string")
