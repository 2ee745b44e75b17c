"""Relational databases."""

from services.metadata.types.base import DataSet, DataStore, SchemaAttribute, SchemaType


class Database(DataStore, kw_only=True, rename="camel", omit_defaults=True):
    """A database."""

    database_version: str | None = None
    instance: str | None = None


class DeployedDatabaseSchema(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A schema of a database, as an asset."""


class RelationalDBSchemaType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The structure of a database schema: its tables."""


class RelationalTable(SchemaAttribute, kw_only=True, rename="camel", omit_defaults=True):
    """A table or view."""

    aliases: list[str] | None = None


class RelationalColumn(SchemaAttribute, kw_only=True, rename="camel", omit_defaults=True):
    """A column."""


class VirtualRelationalTable(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A table or view as an asset, independent of the location of its data."""


class RelationalTableType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The structure of a table that is an asset: its columns."""
