"""The open metadata elements of a database, its schemas, tables and columns.

    Database ─DataSetContent─▶ DeployedDatabaseSchema ─Schema─▶ RelationalDBSchemaType
        ─AttributeForSchema─▶ RelationalTable ─NestedSchemaAttribute─▶ RelationalColumn ─ForeignKey─▶ RelationalColumn

A view is a table with a calculated value, with data flows from the tables that it reads. Details without a property of
open metadata (indexes, unique keys of several columns, row estimates) become additional properties.
"""

from collections.abc import Callable, Iterator
from typing import Any

from services.database.description import (
    ColumnDescription,
    DatabaseDescription,
    ForeignKey,
    SchemaDescription,
    TableDescription,
)
from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.table_names import SEPARATOR, column_name, escaped, table_name
from services.metadata.types.relational import (
    Database,
    DeployedDatabaseSchema,
    RelationalColumn,
    RelationalDBSchemaType,
    RelationalTable,
)

IsCatalogued = Callable[[str, str], bool]
"""A function that returns true if the table with a schema and a name is catalogued."""


class Statements:
    """The elements of one database."""

    def __init__(self, database: DatabaseDescription) -> None:
        self._database = database
        self.scope = database.path + SEPARATOR

    def database(self) -> Put:
        """The element of the database itself."""
        database = self._database
        return to_put(
            Database(
                qualified_name=f"Database::{database.path}",
                display_name=database.name,
                description=database.description,
                deployed_implementation_type=database.technology,
                database_version=database.version,
                additional_properties=dict(database.further) or None,
            ),
            source_key=self.scope,
            classifications={"DataAssetEncoding": {"encoding": database.encoding}} if database.encoding else None,
        )

    def schema_source_key(self, schema: str) -> str:
        """The source key of a schema, which is also the scope of its content."""
        return f"{self.scope}{escaped(schema)}{SEPARATOR}"

    def schema(self, schema: SchemaDescription) -> list[Put]:
        """A schema as an asset with its structure."""
        source_key, path = self.schema_source_key(schema.name), self._path(schema.name)
        asset = DeployedDatabaseSchema(
            qualified_name=f"DeployedDatabaseSchema::{path}",
            display_name=schema.name,
            description=schema.description,
            deployed_implementation_type=f"{self._database.technology} Schema",
        )
        structure = RelationalDBSchemaType(qualified_name=self._structure_name(schema.name), display_name=schema.name)
        return [
            to_put(asset, source_key=source_key, links=[Link("DataSetContent", f"Database::{self._database.path}")]),
            to_put(structure, source_key=f"{source_key}{PART}structure", links=[Link("Schema", asset.qualified_name)]),
        ]

    def table_source_key(self, schema: str, table: str) -> str:
        """The source key of a table."""
        return self.scope + escaped(schema) + SEPARATOR + escaped(table)

    def table(self, table: TableDescription, fingerprint: str, is_catalogued: IsCatalogued) -> list[Put]:
        """A table with its columns, without relationships to missing tables."""
        classifications: dict[str, dict[str, Any]] = {
            "TypeEmbeddedAttribute": {"schemaTypeName": "RelationalTableType"}
        }
        links = [Link("AttributeForSchema", self._structure_name(table.schema))]
        if table.view_definition is not None:
            classifications["CalculatedValue"] = {"formula": table.view_definition}
            links += [
                Link("DataFlow", table_name(self._database.path, *read))
                for read in table.reads_from
                if is_catalogued(*read) and read != (table.schema, table.name)
            ]
        element = RelationalTable(
            qualified_name=table_name(self._database.path, table.schema, table.name),
            display_name=table.name,
            description=table.description,
            additional_properties=dict(_further(table)),
        )
        source_key = self.table_source_key(table.schema, table.name)
        put = to_put(
            element, source_key=source_key, fingerprint=fingerprint, links=links, classifications=classifications
        )
        return [put, *self._columns(table, source_key, element.qualified_name, is_catalogued)]

    def _columns(
        self, table: TableDescription, source_key: str, whole: str, is_catalogued: IsCatalogued
    ) -> Iterator[Put]:
        in_table = Link("NestedSchemaAttribute", whole)
        keys: dict[str, list[Link]] = {}
        for key in table.foreign_keys:
            if is_catalogued(key.schema, key.table):
                for referring, link in self._foreign_key(key):
                    keys.setdefault(referring, []).append(link)
        primary = table.primary_key
        unique = {
            key.columns[0] for key in (*table.unique_keys, *([primary] if primary else ())) if len(key.columns) == 1
        }
        for position, column in enumerate(table.columns):
            classifications: dict[str, dict[str, Any]] = {
                "TypeEmbeddedAttribute": {"schemaTypeName": "RelationalColumnType", "dataType": column.data_type}
            }
            if primary is not None and column.name in primary.columns:
                classifications["PrimaryKey"] = {"name": primary.name}
            name = column_name(self._database.path, table.schema, table.name, column.name)
            yield to_put(
                _column(name, position, column, is_unique=column.name in unique),
                source_key=f"{source_key}{PART}{escaped(column.name)}",
                links=(in_table, *keys.get(column.name, ())),
                classifications=classifications,
            )

    def _foreign_key(self, key: ForeignKey) -> Iterator[tuple[str, Link]]:
        for column, referred in zip(key.columns, key.referred, strict=False):
            name = column_name(self._database.path, key.schema, key.table, referred)
            yield column, Link("ForeignKey", name, properties={"name": key.name})

    def _structure_name(self, schema: str) -> str:
        return f"RelationalDBSchemaType::{self._path(schema)}"

    def _path(self, *names: str) -> str:
        return SEPARATOR.join((self._database.path, *map(escaped, names)))


def _column(name: str, position: int, column: ColumnDescription, *, is_unique: bool) -> RelationalColumn:
    return RelationalColumn(
        qualified_name=name,
        display_name=column.name,
        description=column.description,
        element_position=position,
        is_nullable=column.is_nullable,
        allows_duplicate_values=False if is_unique else None,
        data_type=column.data_type,
        length=column.length,
        precision=column.precision,
        default_value_override=column.default,
        additional_properties=dict(column.further) or None,
    )


def _further(table: TableDescription) -> Iterator[tuple[str, str]]:
    yield "tableType", table.kind
    if table.estimated_rows is not None:
        yield "estimatedRows", str(table.estimated_rows)
    for key in table.unique_keys:
        yield f"uniqueKey.{key.name}", ", ".join(key.columns)
    for foreign in table.foreign_keys:
        referred = f"{foreign.schema}.{foreign.table} ({', '.join(foreign.referred)})"
        yield f"foreignKey.{foreign.name}", f"{', '.join(foreign.columns)} -> {referred}"
    for name, definition in table.indexes.items():
        yield f"index.{name}", definition
    yield from table.further.items()


def roughly(number: int) -> int:
    """Round a frequently changing number to one digit, so that it seldom changes."""
    if number < 10:
        return number
    unit: int = 10 ** (len(str(number)) - 1)
    return round(number / unit) * unit
