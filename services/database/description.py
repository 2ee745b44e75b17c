"""Descriptions of databases, in terms that all database technologies share."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec


class ColumnDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A column, in the terms of its database."""

    name: str
    data_type: str
    is_nullable: bool = True
    default: str | None = None
    description: str | None = None
    length: int | None = None
    """The declared length of the type, in characters or bits."""
    precision: int | None = None
    """The declared precision of the type: its total number of digits."""
    further: Mapping[str, str] = {}
    """Further properties, by the names that this program gives them."""


class Key(msgspec.Struct, frozen=True):
    """A set of columns whose combined values are unique in the table."""

    name: str
    columns: Sequence[str]


class ForeignKey(msgspec.Struct, frozen=True):
    """Columns that refer to a key of a table of the same database."""

    name: str
    columns: Sequence[str]
    schema: str
    table: str
    referred: Sequence[str]


class TableDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view, in the terms of its database."""

    schema: str = ""
    name: str
    columns: Sequence[ColumnDescription]
    description: str | None = None
    kind: str = "table"
    view_definition: str | None = None
    """The query of a view, or `None` for a table."""
    primary_key: Key | None = None
    unique_keys: Sequence[Key] = ()
    foreign_keys: Sequence[ForeignKey] = ()
    indexes: Mapping[str, str] = {}
    """Definitions by name."""
    reads_from: Sequence[tuple[str, str]] = ()
    """Schema and name of each table or view that a view reads from."""
    estimated_rows: int | None = None
    further: Mapping[str, str] = {}


class SchemaDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A schema, in the terms of its database."""

    name: str
    description: str | None = None
    is_readable: bool = True
    """False if the user may not read the schema, whose catalogued elements are then kept unchanged."""


class DatabaseDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A database, or a server that does not distinguish databases from schemas."""

    path: str
    """A path that is unique among all databases: `host:port::name`, or the path of a file."""
    name: str
    technology: str
    """The deployed implementation type."""
    version: str | None = None
    encoding: str | None = None
    description: str | None = None
    further: Mapping[str, str] = {}
    only_schema: str | None = None
    """The name of the only schema that is compared; `None` if all schemas are compared."""


class TableOutline(NamedTuple):
    """The part of a table that shows whether it has changed."""

    schema: str
    name: str
    digest: str
    """The fingerprint of the whole description."""
    key: object = None
    """The key by which the source finds the table again."""


class DatabaseSource(Protocol):
    """An open, read-only connection to one database. Every call blocks, and runs a few large queries.

    Raises one of `services.errors`, according to the remedy.
    """

    sees_every_schema: bool
    """True if the listing has every schema; otherwise, a schema that is missing may be invisible to the user."""

    def describe(self) -> DatabaseDescription:
        """The database itself."""

    def schemas(self) -> list[SchemaDescription]:
        """The schemas of the database, without system schemas."""

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        """All tables and views in these schemas."""

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        """Descriptions of these tables, without those dropped in the meantime."""

    def close(self) -> None:
        """Close the connection; safe to call twice."""
