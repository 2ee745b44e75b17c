"""The context of connectors that catalogue databases."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from services.database.cataloguing import Cataloguing
from services.database.description import DatabaseDescription, SchemaDescription, TableDescription, TableOutline
from services.database.on_thread import opened_source
from services.database.selection import Selection
from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Outcome, Query, literally
from services.metadata.element import ElementRecord
from services.metadata.table_names import SEPARATOR


class DatabaseIntegratorContext(IntegrationContext):
    """Open metadata as databases, schemas, tables and columns.

    The source keys in a database begin with its path, so the database is one scope.
    """

    __slots__ = ()

    async def catalogue_database(
        self,
        database: DatabaseDescription,
        schemas: Sequence[SchemaDescription],
        tables: Sequence[TableDescription],
        *,
        delete: bool = False,
    ) -> Outcome:
        """State a whole database: described elements are created or updated, and all others are removed."""
        async with opened_source(lambda: _Described(database, schemas, tables)) as source:
            return await Cataloguing(self, source, Selection(), delete=delete).run()

    def tables_of(self, database: str) -> AllPages[ElementRecord]:
        """All tables and views catalogued for a database, by its path."""
        return self.find_each(
            Query(
                type_name="RelationalTable",
                name_pattern=f"RelationalTable::{literally(database)}{SEPARATOR}*",
                page_size=self.settings.max_page_size,
            )
        )


class _Described:
    """A source for a database that a connector has described completely."""

    sees_every_schema = True

    def __init__(
        self,
        database: DatabaseDescription,
        schemas: Sequence[SchemaDescription],
        tables: Sequence[TableDescription],
    ) -> None:
        self._database = database
        self._schemas = list(schemas)
        self._tables = {(table.schema, table.name): table for table in tables}

    def describe(self) -> DatabaseDescription:
        return self._database

    def schemas(self) -> list[SchemaDescription]:
        return self._schemas

    def outline(self, schemas: Sequence[str]) -> list[TableOutline]:
        return [
            TableOutline(table.schema, table.name, blake2b(msgspec.json.encode(table), digest_size=16).hexdigest())
            for table in self._tables.values()
            if table.schema in schemas
        ]

    def details(self, tables: Sequence[TableOutline]) -> list[TableDescription]:
        return [self._tables[table.schema, table.name] for table in tables]

    def close(self) -> None:
        self._tables.clear()
