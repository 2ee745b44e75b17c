"""What connectors that catalogue databases work with."""

from collections.abc import Iterator, Sequence

import msgspec

from services.framework.context import IntegrationContext
from services.metadata.changes import Link, Outcome, Put, Query
from services.metadata.element import ElementRecord
from services.metadata.statement import state
from services.metadata.types.relational import (
    Database,
    DeployedDatabaseSchema,
    RelationalColumn,
    RelationalDBSchemaType,
    RelationalTable,
)

SEPARATOR = "::"


class ColumnDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A column as its database describes it."""

    name: str
    data_type: str
    is_nullable: bool = True
    default: str | None = None
    description: str | None = None
    is_primary_key: bool = False
    refers_to: str | None = None
    """`schema.table.column` in the same database, for a foreign key."""


class TableDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view as its database describes it."""

    name: str
    columns: Sequence[ColumnDescription]
    description: str | None = None
    view_definition: str | None = None
    """The query of a view; none: it is a table."""


class SchemaDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A schema as its database describes it."""

    name: str
    tables: Sequence[TableDescription]
    description: str | None = None


class DatabaseIntegratorContext(IntegrationContext):
    """Open metadata, seen as databases, schemas, tables and columns.

    A database's own name is its place; all that is in it lies below that, so the database is one scope.
    """

    async def catalogue_database(
        self, database: Database, schemas: Sequence[SchemaDescription], *, delete: bool = False
    ) -> Outcome:
        """State a whole database: what is described is created or updated, what is not is removed."""
        async with self.reconcile(database.qualified_name + SEPARATOR, delete=delete) as catalog:
            top = await self.apply([state(database)])
            for schema in schemas:
                self.progress = f"schema {schema.name} of {database.qualified_name}"
                await catalog.put(list(_schema_puts(database, schema, with_keys=False)))
            for schema in schemas:  # keys may lead to any schema, so all other columns come first
                await catalog.put(list(_schema_puts(database, schema, with_keys=True)))
        self.progress = None
        catalog.outcome.add(top)
        return catalog.outcome

    async def tables_of(self, database: str, *, start_from: int = 0, page_size: int = 0) -> list[ElementRecord]:
        """The tables and views catalogued for a database, by its qualified name; one page."""
        return await self.find(
            Query(
                type_name="RelationalTable",
                name_pattern=f"{_escaped(database)}{SEPARATOR}*",
                start_from=start_from,
                page_size=page_size or self.settings.max_page_size,
            )
        )


def _schema_puts(database: Database, schema: SchemaDescription, *, with_keys: bool) -> Iterator[Put]:
    """A schema with its tables and columns; or, `with_keys`, only the columns that are foreign keys."""
    name = SEPARATOR.join((database.qualified_name, schema.name))
    structure = name + SEPARATOR + "structure"
    if not with_keys:
        yield state(
            DeployedDatabaseSchema(qualified_name=name, display_name=schema.name, description=schema.description),
            links=[Link("DataSetContent", database.qualified_name)],
        )
        yield state(
            RelationalDBSchemaType(qualified_name=structure, display_name=schema.name), links=[Link("Schema", name)]
        )
    for table in schema.tables:
        table_name = SEPARATOR.join((name, table.name))
        if not with_keys:
            yield _table_put(table_name, structure, table)
        for position, column in enumerate(table.columns):
            if (column.refers_to is not None) == with_keys:
                yield _column_put(database.qualified_name, table_name, position, column)


def _table_put(name: str, structure: str, table: TableDescription) -> Put:
    classifications = {"TypeEmbeddedAttribute": {"schemaTypeName": "RelationalTableType"}}
    if table.view_definition is not None:
        classifications["CalculatedValue"] = {"formula": table.view_definition}
    return state(
        RelationalTable(qualified_name=name, display_name=table.name, description=table.description),
        links=[Link("AttributeForSchema", structure)],
        classifications=classifications,
    )


def _column_put(database: str, table: str, position: int, column: ColumnDescription) -> Put:
    classifications = {
        "TypeEmbeddedAttribute": {"schemaTypeName": "RelationalColumnType", "dataType": column.data_type}
    }
    if column.is_primary_key:
        classifications["PrimaryKey"] = {"name": column.name}
    links = [Link("NestedSchemaAttribute", table)]
    if column.refers_to is not None:
        links.append(Link("ForeignKey", SEPARATOR.join((database, *column.refers_to.split(".")))))
    return state(
        RelationalColumn(
            qualified_name=SEPARATOR.join((table, column.name)),
            display_name=column.name,
            description=column.description,
            element_position=position,
            is_nullable=column.is_nullable,
            data_type=column.data_type,
            default_value_override=column.default,
        ),
        links=links,
        classifications=classifications,
    )


def _escaped(name: str) -> str:
    """A name as a pattern that matches it alone."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
