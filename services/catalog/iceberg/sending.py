"""Sending to an Iceberg catalogue: schemas become namespaces, and tables are created with their columns."""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.catalog.context import CatalogIntegratorContext
from services.catalog.iceberg.client import IcebergClient
from services.catalog.iceberg.columns import type_text
from services.catalog.iceberg.listing import TABLES, Entry
from services.catalog.iceberg.mapping import SHARED, Statements
from services.catalog.iceberg.remote_changes import change_namespace, load, updates_of
from services.catalog.iceberg.wire import Field, LoadedTable, NamespaceAnswer, Schema, TableMetadata
from services.catalog.rest.client import NotFoundError
from services.catalog.synchronization.sending import (
    DIGEST,
    NAME,
    Receiver,
    SentElements,
    SentTable,
    changes_to,
    data_type_of,
)
from services.catalog.synchronization.sql_types import iceberg_type
from services.metadata.element import ElementRecord


class IcebergReceiver(Receiver):
    """An Iceberg catalogue that receives elements."""

    def __init__(self, context: CatalogIntegratorContext, client: IcebergClient) -> None:
        self._client = client
        self._statements = Statements(client.path, context.settings.metadata_source)
        self._sent = SentElements(context, SHARED, self._statements.identifiers)

    async def schema(self, schema: ElementRecord, name: str) -> str:
        """Create or correct a namespace."""
        namespace = (name,)
        wanted = self._sent.marked(schema)
        try:
            remote = (await self._client.get(self._client.place(namespace), NamespaceAnswer)).properties or {}
        except NotFoundError:
            if not self._sent.supposes(schema):
                body = {"namespace": namespace, "properties": wanted}
                await self._client.send("POST", self._client.place(), body=body)
                await self._sent.note(schema, self._statements.identifier_of(namespace), "namespace")
            return ""
        if remote.get(NAME) != schema.qualified_name:
            return "there is a namespace of this name that was not created for this element"
        if (changes := changes_to(wanted, remote)) and not self._sent.supposes(schema):
            await change_namespace(self._client, namespace, changes)
            self._sent.report(schema, changes, wanted, remote)
        return ""

    async def table(self, table: SentTable) -> str:
        """Create or correct a table."""
        entry = Entry((table.schema,), table.name, TABLES)
        fields = [_field(number, each) for number, each in enumerate(table.columns, 1)]
        wanted = self._sent.marked(table.element, [(each.name, each.type, each.doc) for each in fields])
        try:
            loaded = await load(self._client, entry)
        except NotFoundError:
            return await self._create(table, wanted, fields)
        assert isinstance(loaded, LoadedTable)
        remote = loaded.metadata.properties
        if remote.get(NAME) != table.element.qualified_name:
            return "there is a table of this name that was not created for this element"
        changes = changes_to(wanted, remote)
        updates = updates_of(changes)
        requirements: list[dict[str, Any]] = [{"type": "assert-table-uuid", "uuid": loaded.metadata.table_uuid}]
        if remote.get(DIGEST) != wanted[DIGEST]:
            updates = [*_schema_updates(loaded.metadata, fields), *updates]
            requirements.append(
                {"type": "assert-current-schema-id", "current-schema-id": loaded.metadata.current_schema_id}
            )
        if updates and not self._sent.supposes(table.element):
            identifier = {"namespace": (table.schema,), "name": table.name}
            body = {"identifier": identifier, "requirements": requirements, "updates": updates}
            await self._client.send("POST", self._client.place(entry.namespace, TABLES, entry.name), body=body)
            self._sent.report(table.element, changes, wanted, remote)
            await self._note(table)
        return ""

    async def _create(self, table: SentTable, wanted: dict[str, str], fields: Sequence[Field]) -> str:
        if self._sent.supposes(table.element):
            return ""
        body = {
            "name": table.name,
            "stage-create": False,
            "schema": {"type": "struct", "schema-id": 0, "fields": fields},
            "properties": wanted,
        }
        await self._client.send("POST", self._client.place((table.schema,), TABLES), body=body)
        await self._sent.note(
            table.element, self._statements.identifier_of((table.schema,), TABLES, table.name), "table"
        )
        return ""

    async def _note(self, table: SentTable) -> None:
        identifier = self._statements.identifier_of((table.schema,), TABLES, table.name)
        await self._sent.note(table.element, identifier, "table")


def _field(number: int, column: ElementRecord) -> Field:
    properties = column.properties
    return Field(
        id=number,
        name=str(properties.get("displayName") or number),
        type=iceberg_type(data_type_of(column)),
        required=properties.get("isNullable") is False,
        doc=properties.get("description"),
    )


def _schema_updates(metadata: TableMetadata, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The updates that add a new schema and make it current; an existing column keeps its id."""
    schema = next((each for each in metadata.schemas if each.schema_id == metadata.current_schema_id), Schema())
    ids = {each.name: each.id for each in schema.fields}
    last = max([metadata.last_column_id, *ids.values()])
    new: list[Field] = []
    for field in fields:
        if (number := ids.get(field.name)) is None:
            last = number = last + 1
        required = field.required and field.name in ids  # existing rows have no value for a new column
        new.append(msgspec.structs.replace(field, id=number, required=required))
    if [_compared(each) for each in new] == [_compared(each) for each in schema.fields]:
        return []
    body = {"type": "struct", "schema-id": metadata.current_schema_id + 1, "fields": new}
    return [
        {"action": "add-schema", "schema": body, "last-column-id": last},
        {"action": "set-current-schema", "schema-id": -1},
    ]


def _compared(field: Field) -> tuple[Any, ...]:
    return field.id, field.name, type_text(field.type), field.doc
