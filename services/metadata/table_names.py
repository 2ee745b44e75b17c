"""The qualified names of the tables and columns of databases."""

from urllib.parse import quote

SEPARATOR = "::"


def escaped(name: str) -> str:
    """Escape separators in a name as in a URL (RFC 3986, 2.1), so that different names remain different."""
    if ":" in name or "%" in name or not name.isprintable():
        return "".join(quote(each, safe="") if each in ":%" or not each.isprintable() else each for each in name)
    return name


def table_name(database: str, schema: str, table: str) -> str:
    """The qualified name of a table or view, from the path of its database and its own names."""
    return f"RelationalTable::{_path(database, schema, table)}"


def column_name(database: str, schema: str, table: str, column: str) -> str:
    """The qualified name of a column."""
    return f"RelationalColumn::{_path(database, schema, table, column)}"


def _path(database: str, *names: str) -> str:
    return SEPARATOR.join((database, *map(escaped, names)))
