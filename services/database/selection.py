"""The selection of the schemas and tables that are catalogued."""

from hashlib import blake2b

import msgspec

from services.framework.patterns import matches


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Shell patterns. Without include patterns, everything is included. Tables are matched as `schema.table`."""

    include_schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    include_tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()

    def has_schema(self, schema: str) -> bool:
        """True if the schema is catalogued."""
        return matches(schema, self.include_schemas, self.exclude_schemas)

    def has_table(self, schema: str, table: str) -> bool:
        """True if a table of a catalogued schema is catalogued."""
        return matches(f"{schema}.{table}", self.include_tables, self.exclude_tables)

    @property
    def digest(self) -> str:
        """A digest of the patterns: they determine the possible targets of a table's relationships."""
        return blake2b(msgspec.json.encode(self), digest_size=4).hexdigest()
