"""The open metadata elements of an Iceberg catalogue.

    Database ─DataSetContent─▶ DeployedDatabaseSchema ─Schema─▶ RelationalDBSchemaType
        ─AttributeForSchema─▶ RelationalTable ─NestedSchemaAttribute─▶ RelationalColumn ─NestedSchemaAttribute─▶ ...

The catalogue is the database. A namespace is a schema of the database, or of its parent namespace. Values without a
property of open metadata become additional properties: the properties of tables and namespaces keep their names, and
the names of the others begin with `iceberg:`. Each namespace, table and view has an external identifier.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.catalog.iceberg.client import Namespace
from services.catalog.iceberg.columns import Column, columns_of
from services.catalog.iceberg.listing import TABLES, Entry, dotted
from services.catalog.iceberg.wire import LoadedTable, LoadedView, PartitionField, Schema, TableMetadata, ViewMetadata
from services.catalog.synchronization.external_identifiers import Exchange, ExternalIdentifiers, Stated
from services.catalog.synchronization.shared import COMMENT, Shared, without_comment
from services.catalog.times import time_text
from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.table_names import SEPARATOR, escaped
from services.metadata.types.relational import (
    Database,
    DeployedDatabaseSchema,
    RelationalColumn,
    RelationalDBSchemaType,
    RelationalTable,
)

TECHNOLOGY = "Apache Iceberg"
SHARED = Shared("iceberg:", ("nessie.",))


def _escaped_level(name: str) -> str:
    """A name as it is escaped in other qualified names, and without dots, which separate the levels of namespaces."""
    return escaped(name).replace(".", "%2E")


class Statements:
    """The elements of one catalogue."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self.identifiers = ExternalIdentifiers(source, path)
        self.database_name = f"Database::{path}"
        self.namespaces_scope = f"DeployedDatabaseSchema::{path}{SEPARATOR}"
        self.tables_scope = f"RelationalTable::{path}{SEPARATOR}"

    def database(self) -> Put:
        """The element of the catalogue itself."""
        return to_put(
            Database(
                qualified_name=self.database_name,
                display_name=self._path.rpartition(SEPARATOR)[2],
                deployed_implementation_type=f"{TECHNOLOGY} Catalog",
            )
        )

    def namespace_key(self, namespace: Namespace) -> str:
        """The source key of a namespace, which is its qualified name."""
        return self.namespaces_scope + _joined(namespace)

    def namespace_scopes(self, namespace: Namespace) -> list[str]:
        """The prefixes of the source keys of a namespace's parts and of the namespaces below it.

        The key itself is left out, because the keys of other namespaces begin with it.
        """
        key = self.namespace_key(namespace)
        return [key + PART, key + "."]

    def table_key(self, namespace: Namespace, name: str) -> str:
        """The source key of a table or view, which is its qualified name."""
        return f"{self.tables_scope}{_joined(namespace)}{SEPARATOR}{_escaped_level(name)}"

    def table_scopes(self, namespace: Namespace) -> list[str]:
        """The prefixes of the source keys of the tables of a namespace and of the namespaces below it."""
        beginning = self.tables_scope + _joined(namespace)
        return [beginning + SEPARATOR, beginning + "."]

    def namespace(
        self, namespace: Namespace, above: Namespace, values: Mapping[str, str], exchange: Exchange
    ) -> list[Put]:
        """A namespace as an asset with its structure, below its parent namespace or the catalogue.

        `values` are the values of the shared properties.
        """
        source_key = self.namespace_key(namespace)
        asset = DeployedDatabaseSchema(
            qualified_name=source_key,
            display_name=dotted(namespace),
            description=values.get(COMMENT),
            deployed_implementation_type=f"{TECHNOLOGY} Namespace",
            additional_properties=without_comment(values) or None,
        )
        parent = self.namespace_key(above) if above else self.database_name
        structure = RelationalDBSchemaType(
            qualified_name=self._structure_name(namespace), display_name=dotted(namespace)
        )
        put = to_put(asset, source_key=source_key, links=[Link("DataSetContent", parent)])
        identifier = self.identifier_of(namespace)
        return [
            put,
            to_put(structure, source_key=f"{source_key}{PART}structure", links=[Link("Schema", source_key)]),
            self.identifiers.put_of(Stated(source_key, source_key, put.fingerprint), identifier, "namespace", exchange),
        ]

    def table(
        self,
        entry: Entry,
        loaded: LoadedTable | LoadedView,
        values: Mapping[str, str],
        fingerprint: str,
        exchange: Exchange,
    ) -> list[Put]:
        """A table or view with its columns. `values` are the values of the shared properties."""
        metadata = loaded.metadata
        source_key = self.table_key(entry.namespace, entry.name)
        classifications: dict[str, dict[str, Any]] = {
            "TypeEmbeddedAttribute": {"schemaTypeName": "RelationalTableType"}
        }
        if isinstance(metadata, ViewMetadata):
            schema, own = _schema_of_view(metadata), dict(_of_view(metadata))
            if own.get("iceberg:sql"):
                classifications["CalculatedValue"] = {"formula": own.pop("iceberg:sql")}
        else:
            schema, own = _schema_of(metadata.schemas, metadata.current_schema_id), dict(_of_table(metadata))
        element = RelationalTable(
            qualified_name=source_key,
            display_name=entry.name,
            description=values.get(COMMENT),
            additional_properties={**without_comment(values), **own},
        )
        links = [Link("AttributeForSchema", self._structure_name(entry.namespace))]
        put = to_put(
            element, source_key=source_key, fingerprint=fingerprint, links=links, classifications=classifications
        )
        identifier = self.identifier_of(entry.namespace, entry.kind, entry.name)
        kind = "table" if entry.kind == TABLES else "view"
        return [
            put,
            *self._columns(source_key, schema),
            self.identifiers.put_of(Stated(source_key, source_key, fingerprint), identifier, kind, exchange),
        ]

    def _columns(self, table: str, schema: Schema) -> Iterator[Put]:
        prefix = "RelationalColumn" + table.removeprefix("RelationalTable") + SEPARATOR
        for column in columns_of(schema.fields):
            name = _joined(column.path)
            above = table if len(column.path) == 1 else prefix + _joined(column.path[:-1])
            classifications = {
                "TypeEmbeddedAttribute": {"schemaTypeName": "RelationalColumnType", "dataType": column.data_type}
            }
            if column.id is not None and column.id in schema.identifier_field_ids:
                classifications["PrimaryKey"] = {"name": "identifier-field-ids"}
            yield to_put(
                _column(prefix + name, column),
                source_key=f"{table}{PART}column {name}",
                links=[Link("NestedSchemaAttribute", above)],
                classifications=classifications,
            )

    def identifier_of(self, namespace: Namespace, kind: str = "", name: str = "") -> str:
        """The identifier of a namespace, table or view at the catalogue."""
        return "/".join(("namespaces", _joined(namespace), *((kind, _escaped_level(name)) if kind else ())))

    def _structure_name(self, namespace: Namespace) -> str:
        return f"RelationalDBSchemaType::{self._path}{SEPARATOR}{_joined(namespace)}"


def _joined(names: tuple[str, ...]) -> str:
    return ".".join(map(_escaped_level, names))


def _column(name: str, column: Column) -> RelationalColumn:
    return RelationalColumn(
        qualified_name=name,
        display_name=column.path[-1],
        description=column.doc,
        element_position=column.position,
        is_nullable=not column.required,
        data_type=column.data_type,
        additional_properties={"iceberg:fieldId": str(column.id)} if column.id is not None else None,
    )


def _schema_of(schemas: list[Schema], number: int) -> Schema:
    return next((each for each in schemas if each.schema_id == number), schemas[-1] if schemas else Schema())


def _schema_of_view(view: ViewMetadata) -> Schema:
    version = next((each for each in view.versions if each.version_id == view.current_version_id), None)
    return _schema_of(view.schemas, version.schema_id if version is not None else 0)


def _of_table(table: TableMetadata) -> Iterator[tuple[str, str]]:
    yield "iceberg:kind", "table"
    yield "iceberg:formatVersion", str(table.format_version)
    yield from _identity(table.table_uuid, table.location)
    spec = next((each for each in table.partition_specs if each.spec_id == table.default_spec_id), None)
    if spec is not None and spec.fields:
        names = _column_names(table)
        yield "iceberg:partitionSpec", ", ".join(_transformed(each, names) for each in spec.fields)
    order = next((each for each in table.sort_orders if each.order_id == table.default_sort_order_id), None)
    if order is not None and order.fields:
        names = _column_names(table)
        parts = (f"{_transformed(each, names)} {each.direction}".rstrip() for each in order.fields)
        yield "iceberg:sortOrder", ", ".join(parts)
    snapshot = next((each for each in table.snapshots if each.snapshot_id == table.current_snapshot_id), None)
    if snapshot is not None:
        yield "iceberg:snapshotId", str(snapshot.snapshot_id)
        yield "iceberg:snapshotTime", time_text(snapshot.timestamp_ms)
        for name, value in sorted(snapshot.summary.items()):
            yield f"iceberg:snapshot.{name}", value


def _column_names(table: TableMetadata) -> dict[int | None, str]:
    """The names of all current and former columns of the table, by field id."""
    return {column.id: ".".join(column.path) for schema in table.schemas for column in columns_of(schema.fields)}


def _of_view(view: ViewMetadata) -> Iterator[tuple[str, str]]:
    yield "iceberg:kind", "view"
    yield "iceberg:formatVersion", str(view.format_version)
    yield from _identity(view.view_uuid, view.location)
    version = next((each for each in view.versions if each.version_id == view.current_version_id), None)
    if version is not None:
        yield "iceberg:viewVersion", str(version.version_id)
        yield "iceberg:viewVersionTime", time_text(version.timestamp_ms)
        if version.representations:
            yield "iceberg:sql", version.representations[0].sql
            yield "iceberg:dialect", version.representations[0].dialect


def _identity(uuid: str, location: str) -> Iterator[tuple[str, str]]:
    if uuid:
        yield "iceberg:uuid", uuid
    if location:
        yield "iceberg:location", location


def _transformed(field: PartitionField, names: Mapping[int | None, str]) -> str:
    """A field of a partition or sort order as text: `day(ordered_at)`, `bucket[16](id)`, or only the column name."""
    sources: list[int | None] = [*field.source_ids] or [field.source_id]
    columns = ", ".join(names.get(each, str(each)) for each in sources)
    return columns if field.transform == "identity" else f"{field.transform}({columns})"
