"""The selection of the schemas and tables that are catalogued."""

from fnmatch import fnmatchcase
from hashlib import blake2b

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Shell patterns; without any that include, everything is included. Tables are matched as `schema.table`."""

    include_schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    include_tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()

    def has_schema(self, schema: str) -> bool:
        """Whether a schema is catalogued."""
        return matches(schema, self.include_schemas, self.exclude_schemas)

    def has_table(self, schema: str, table: str) -> bool:
        """Whether a table of a schema that is catalogued is."""
        return matches(f"{schema}.{table}", self.include_tables, self.exclude_tables)

    @property
    def digest(self) -> str:
        """Changes with the selection: what a table's relationships may lead to depends on it."""
        return blake2b(msgspec.json.encode(self), digest_size=4).hexdigest()


def matches(name: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Whether a name fits one of the patterns that include, where there are any, and none of those that exclude."""
    if include and not any(fnmatchcase(name, pattern) for pattern in include):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in exclude)
