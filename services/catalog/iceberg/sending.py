"""Sending elements of other metadata sources to an Iceberg catalogue: schemas as namespaces, tables with their columns.

Open metadata is the owner of what was sent: it is marked there with the qualified name of its element, and a change
that is made there is set back. The marks are all that a later refresh needs, so that one which is interrupted is
completed. Nothing is dropped, and an object there without our mark is not touched.
"""

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from services.catalog import messages
from services.catalog.context import CatalogIntegratorContext
from services.catalog.iceberg.changes_there import Changes, change_namespace, load, updates_of
from services.catalog.iceberg.client import ForbiddenError, IcebergClient, Namespace, NotFoundError, RefusedError
from services.catalog.iceberg.columns import type_text
from services.catalog.iceberg.listing import TABLES, Entry
from services.catalog.iceberg.mapping import SENT_MARK, Statements, shared_of
from services.catalog.iceberg.sql_types import iceberg_type
from services.catalog.iceberg.two_way import report_conflict
from services.catalog.iceberg.wire import Field, LoadedTable, NamespaceAnswer, Schema, TableMetadata
from services.catalog.in_parallel import all_results
from services.catalog.synchronization.merging import Conflict, Rule
from services.framework.patterns import Patterns
from services.metadata.element import ElementRecord

NAME = f"{SENT_MARK}qualifiedName"
DIGEST = f"{SENT_MARK}digest"
"""Of the properties and columns that were sent last."""
PROPERTIES = f"{SENT_MARK}properties"
"""The names of the properties that were sent last; those of others are left alone."""


class SentTable(NamedTuple):
    """A table to be sent."""

    element: ElementRecord
    namespace: Namespace
    name: str
    columns: Sequence[ElementRecord]
    """In the order of the table."""


class Sending:
    """One comparison of the selected elements with the catalogue."""

    def __init__(self, context: CatalogIntegratorContext, client: IcebergClient) -> None:
        self._context = context
        self._client = client
        self._statements = Statements(client.path, context.settings.metadata_source)
        self._may_note = context.settings.permitted_synchronization.allows_metadata_changes

    async def run(self) -> bool:
        """Create and correct what the catalogue shall have; false if it did not take all of it."""
        selected = Patterns(self._client.settings.send)
        if not selected.include:
            return True
        is_complete = True
        async for schema in self._context.elements_to_send("DeployedDatabaseSchema", None):
            name = str(schema.properties.get("displayName") or "")
            if name and selected.select(schema.qualified_name):
                namespace = (name,)
                if not await self._tried(partial(self._namespace, schema, namespace), schema):
                    is_complete = False
                    continue
                tables = await self._tables(schema, namespace)
                at_once = self._client.settings.requests_at_once
                is_complete &= all(await all_results(self._send_table, tables, at_once))
        return is_complete

    async def _tables(self, schema: ElementRecord, namespace: Namespace) -> list[SentTable]:
        """The tables of a schema with their columns; views are not sent."""
        structures = await self._below([schema], "Schema")
        tables = await self._below([each for some in structures.values() for each in some], "AttributeForSchema")
        elements = [each for some in tables.values() for each in some if "CalculatedValue" not in each.classifications]
        columns = await self._below(elements, "NestedSchemaAttribute")
        return [
            SentTable(each, namespace, name, sorted(columns.get(each.guid, ()), key=_position))
            for each in elements
            if (name := str(each.properties.get("displayName") or ""))
        ]

    async def _below(self, parents: Sequence[ElementRecord], relationship: str) -> dict[str, list[ElementRecord]]:
        """The elements at end 2 of relationships of these elements, by the GUID of end 1."""
        guids = [each.guid for each in parents]
        links = await self._context.relationships(guids, type_name=relationship) if guids else []
        wanted, found = set(guids), dict[str, list[ElementRecord]]()
        links = [each for each in links if each.end1_guid in wanted]
        elements = {each.guid: each for each in await self._context.get([each.end2_guid for each in links])}
        for link in links:
            if (element := elements.get(link.end2_guid)) is not None:
                found.setdefault(link.end1_guid, []).append(element)
        return found

    async def _send_table(self, table: SentTable) -> bool:
        return await self._tried(partial(self._table, table), table.element)

    async def _tried(self, send: Any, element: ElementRecord) -> bool:
        """Send something; true if the catalogue has it now, or would have it after a dry run."""
        try:
            problem: str = await send()
        except (RefusedError, ForbiddenError, NotFoundError) as error:
            problem = str(error)
        if problem:
            self._context.audit_log.record(
                messages.NOT_SENT,
                connector=self._context.connector_name,
                subject=element.qualified_name,
                address=self._client.settings.address,
                cause=problem,
            )
        return not problem

    async def _namespace(self, schema: ElementRecord, namespace: Namespace) -> str:
        """Create or correct a namespace; returns why that cannot be done, or an empty text."""
        wanted = _marked(schema, ())
        try:
            there = (await self._client.get(self._client.place(namespace), NamespaceAnswer)).properties or {}
        except NotFoundError:
            if not self._supposes(schema):
                body = {"namespace": namespace, "properties": wanted}
                await self._client.send("POST", self._client.place(), body=body)
                await self._note(schema, self._statements.identifier_of(namespace), "namespace")
            return ""
        if there.get(NAME) != schema.qualified_name:
            return "there is a namespace of this name that was not created by this connector"
        if (changes := _changes(wanted, there)) and not self._supposes(schema):
            await change_namespace(self._client, namespace, changes)
            self._report(schema, changes, wanted, there)
        return ""

    async def _table(self, table: SentTable) -> str:
        """Create or correct a table; returns why that cannot be done, or an empty text."""
        entry = Entry(table.namespace, table.name, TABLES)
        fields = [_field(number, each) for number, each in enumerate(table.columns, 1)]
        wanted = _marked(table.element, fields)
        try:
            loaded = await load(self._client, entry)
        except NotFoundError:
            return await self._create(table, wanted, fields)
        assert isinstance(loaded, LoadedTable)
        there = loaded.metadata.properties
        if there.get(NAME) != table.element.qualified_name:
            return "there is a table of this name that was not created by this connector"
        changes = _changes(wanted, there)
        updates = updates_of(changes)
        requirements: list[dict[str, Any]] = [{"type": "assert-table-uuid", "uuid": loaded.metadata.table_uuid}]
        if there.get(DIGEST) != wanted[DIGEST]:
            updates = [*_schema_updates(loaded.metadata, fields), *updates]
            requirements.append(
                {"type": "assert-current-schema-id", "current-schema-id": loaded.metadata.current_schema_id}
            )
        if updates and not self._supposes(table.element):
            identifier = {"namespace": table.namespace, "name": table.name}
            body = {"identifier": identifier, "requirements": requirements, "updates": updates}
            await self._client.send("POST", self._client.place(entry.namespace, TABLES, entry.name), body=body)
            self._report(table.element, changes, wanted, there)
            await self._note(
                table.element, self._statements.identifier_of(table.namespace, TABLES, table.name), "table"
            )
        return ""

    async def _create(self, table: SentTable, wanted: dict[str, str], fields: Sequence[Field]) -> str:
        if self._supposes(table.element):
            return ""
        body = {
            "name": table.name,
            "stage-create": False,
            "schema": {"type": "struct", "schema-id": 0, "fields": fields},
            "properties": wanted,
        }
        await self._client.send("POST", self._client.place(table.namespace, TABLES), body=body)
        await self._note(table.element, self._statements.identifier_of(table.namespace, TABLES, table.name), "table")
        return ""

    def _supposes(self, element: ElementRecord) -> bool:
        """True during a dry run; else the change is permitted, or an error is raised."""
        if self._context.supposes_to_send(element.qualified_name):
            return True
        self._context.require_third_party_changes("send an element to the catalogue")
        return False

    def _report(self, element: ElementRecord, changes: Changes, wanted: dict[str, str], there: dict[str, str]) -> None:
        """Report what was changed there and is set back: where what we want is what we sent last."""
        if there.get(DIGEST) != wanted[DIGEST]:
            return
        for name, value in changes.items():
            if not name.startswith(SENT_MARK):
                report_conflict(
                    self._context,
                    element.qualified_name,
                    Conflict(name, value, there.get(name), value, Rule.OWNER),
                )

    async def _note(self, element: ElementRecord, identifier: str, kind: str) -> None:
        """Keep the identifier that an element has there, where open metadata may be changed."""
        if self._may_note:
            synchronization = self._context.settings.permitted_synchronization.value
            await self._context.apply(
                [self._statements.identifier_of_sent(identifier, kind, element.qualified_name, synchronization)]
            )


def _marked(element: ElementRecord, fields: Sequence[Field]) -> dict[str, str]:
    """The properties that an element has there, with our marks."""
    values = shared_of(element.properties)
    stated = msgspec.json.encode((sorted(values.items()), [(each.name, each.type, each.doc) for each in fields]))
    return {
        **values,
        NAME: element.qualified_name,
        DIGEST: blake2b(stated, digest_size=8).hexdigest(),
        PROPERTIES: ",".join(sorted(values)),
    }


def _changes(wanted: dict[str, str], there: dict[str, str]) -> Changes:
    """What is to be set, or taken away since it was sent and is wanted no more."""
    sent = there.get(PROPERTIES, "").split(",")
    gone = {name: None for name in sent if name in there and name not in wanted}
    return {**gone, **{name: value for name, value in wanted.items() if there.get(name) != value}}


def _field(number: int, column: ElementRecord) -> Field:
    properties = column.properties
    embedded = column.classifications.get("TypeEmbeddedAttribute", {})
    data_type = str(properties.get("dataType") or embedded.get("dataType") or "")
    return Field(
        id=number,
        name=str(properties.get("displayName") or number),
        type=iceberg_type(data_type),
        required=properties.get("isNullable") is False,
        doc=properties.get("description"),
    )


def _position(column: ElementRecord) -> int:
    return int(column.properties.get("elementPosition") or 0)


def _schema_updates(metadata: TableMetadata, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """A new schema, in which a column that is there keeps its id."""
    schema = next((each for each in metadata.schemas if each.schema_id == metadata.current_schema_id), Schema())
    ids = {each.name: each.id for each in schema.fields}
    last = max([metadata.last_column_id, *ids.values()])
    new: list[Field] = []
    for field in fields:
        if (number := ids.get(field.name)) is None:
            last = number = last + 1
        required = field.required and field.name in ids  # rows that are there have no value for a new column
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
