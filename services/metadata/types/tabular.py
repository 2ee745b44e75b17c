"""Tables outside databases."""

from services.metadata.types.base import SchemaAttribute, SchemaType


class TabularSchemaType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The structure of a table: its columns."""


class TabularColumn(SchemaAttribute, kw_only=True, rename="camel", omit_defaults=True):
    """A column of a table."""
