"""The possible qualified names of a data set's element, from the naming rules for data sets.

The rules are those of the OpenLineage specification for the data stores that connectors of this program catalogue:
tables of PostgreSQL, MariaDB, MySQL, DuckDB and SQLite, and files and folders of a file system.
"""

import os
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from urllib.parse import unquote, urlsplit

from services.metadata.stored_names import stored_name
from services.metadata.table_names import escaped, table_name
from services.metadata.types.registry import subtypes_of

_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306}
_LOCAL_HOSTS = ("", "localhost")


def candidates(namespace: str, name: str) -> Sequence[str]:
    """Qualified names of elements that may represent a data set, the most likely first; empty for other data stores."""
    scheme = namespace.partition(":")[0].lower()
    rule = _RULES.get(scheme)
    try:
        return rule(namespace, name) if rule is not None else ()
    except ValueError:  # not an address
        return ()


def column_of(table: str, column: str) -> str | None:
    """The qualified name of a column, from the qualified name of its table; `None` if that is not a table."""
    kind, _, path = table.partition("::")
    return f"RelationalColumn::{path}::{escaped(column)}" if kind == "RelationalTable" else None


def _postgres(namespace: str, name: str) -> Sequence[str]:
    database, schema, table = _parts(name, 3)
    return (table_name(f"{_server(namespace)}::{database}", schema, table),) if table else ()


def _mysql(namespace: str, name: str) -> Sequence[str]:
    schema, table = _parts(name, 2)
    return (table_name(_server(namespace), schema, table),) if table else ()


def _duckdb(namespace: str, name: str) -> Sequence[str]:
    schema, table = _parts(name, 3)[1:]
    return (table_name(_path(namespace), schema, table),) if table else ()


def _sqlite(namespace: str, name: str) -> Sequence[str]:
    return (table_name(_path(namespace), "main", name.rpartition(".")[2]),)


def _file(namespace: str, name: str) -> Sequence[str]:
    parts = urlsplit(namespace)
    if parts.netloc not in (*_LOCAL_HOSTS, os.uname().nodename):
        return ()
    within = parts.path if parts.scheme else ""
    path = stored_name("/" + os.path.normpath(f"{within}/{name}").lstrip("/"))
    return tuple(f"{kind}::{path}" for kind in _file_types())


@cache
def _file_types() -> Sequence[str]:
    return sorted({*subtypes_of("DataFile"), *subtypes_of("FileFolder")})


def _parts(name: str, number: int) -> Sequence[str]:
    """The parts of a name; the last part may contain dots. The parts are empty if there are fewer."""
    parts = name.split(".", number - 1)
    return parts if len(parts) == number else [""] * number


@lru_cache(maxsize=1_024)
def _server(namespace: str) -> str:
    parts = urlsplit(namespace)
    if not parts.hostname:
        raise ValueError("it names no host")
    return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme.lower()]}"


def _path(namespace: str) -> str:
    return os.path.abspath(unquote(namespace.partition(":")[2].removeprefix("//")))


_RULES: dict[str, Callable[[str, str], Sequence[str]]] = {
    "postgres": _postgres,
    "postgresql": _postgres,
    "mysql": _mysql,
    "mariadb": _mysql,
    "duckdb": _duckdb,
    "sqlite": _sqlite,
    "file": _file,
}
