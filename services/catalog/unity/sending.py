"""Sending to a Unity Catalog server: schemas, and external tables with their columns."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.catalog.context import CatalogIntegratorContext
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
from services.catalog.synchronization.shared import COMMENT, without_comment
from services.catalog.unity.client import UnityClient
from services.catalog.unity.column_types import column_type
from services.catalog.unity.mapping import SHARED, Statements
from services.catalog.unity.wire import SCHEMAS, TABLES, SchemaInfo, TableInfo
from services.metadata.element import ElementRecord


class UnityReceiver(Receiver):
    """A catalog of a Unity Catalog server that receives elements."""

    def __init__(self, context: CatalogIntegratorContext, client: UnityClient) -> None:
        self._client = client
        self._catalog = client.settings.send_to
        self._statements = Statements(client.path, context.settings.metadata_source)
        self._sent = SentElements(context, SHARED, self._statements.identifiers)

    async def schema(self, schema: ElementRecord, name: str) -> str:
        """Create or correct a schema."""
        names = (self._catalog, name)
        wanted = self._sent.marked(schema)
        try:
            found = await self._client.get(self._client.place(SCHEMAS, names), SchemaInfo)
        except NotFoundError:
            if not self._sent.supposes(schema):
                body = {"name": name, "catalog_name": self._catalog, **_in_two(wanted)}
                await self._client.send("POST", f"/{SCHEMAS.place}", body=body)
                await self._sent.note(schema, self._statements.identifier(SCHEMAS, names), "schema")
            return ""
        remote = _in_one(found)
        if remote.get(NAME) != schema.qualified_name:
            return "there is a schema of this name that was not created for this element"
        if (changes := changes_to(wanted, remote)) and not self._sent.supposes(schema):
            await self._client.change(SCHEMAS, names, changes)
            self._sent.report(schema, changes, wanted, remote)
        return ""

    async def table(self, table: SentTable) -> str:
        """Create a table. The API cannot change an existing one."""
        names = (self._catalog, table.schema, table.name)
        columns = [_column(number, each) for number, each in enumerate(table.columns)]
        wanted = self._sent.marked(table.element, columns)
        try:
            found = await self._client.get(self._client.place(TABLES, names), TableInfo)
        except NotFoundError:
            if not self._sent.supposes(table.element):
                body = {
                    "name": table.name,
                    "catalog_name": self._catalog,
                    "schema_name": table.schema,
                    "table_type": "EXTERNAL",
                    "data_source_format": "DELTA",
                    "columns": columns,
                    "storage_location": f"{self._client.settings.storage_root}/{table.schema}/{table.name}",
                    **_in_two(wanted),
                }
                await self._client.send("POST", f"/{TABLES.place}", body=body)
                await self._sent.note(table.element, self._statements.identifier(TABLES, names), "table")
            return ""
        remote = _in_one(found)
        if remote.get(NAME) != table.element.qualified_name:
            return "there is a table of this name that was not created for this element"
        if remote.get(DIGEST) != wanted[DIGEST]:
            return "it was changed in open metadata, and the interface cannot change a table: drop it at the server"
        return ""


def _in_two(wanted: Mapping[str, str]) -> dict[str, Any]:
    """A comment and properties, in the form of the API."""
    comment = {"comment": wanted[COMMENT]} if COMMENT in wanted else {}
    return {**comment, "properties": without_comment(wanted)}


def _in_one(found: SchemaInfo | TableInfo) -> dict[str, str]:
    return {**(found.properties or {}), **({COMMENT: found.comment} if found.comment else {})}


def _column(number: int, column: ElementRecord) -> dict[str, Any]:
    name = str(column.properties.get("displayName") or number)
    nullable = column.properties.get("isNullable") is not False
    kind = column_type(data_type_of(column))
    stated = {"name": name, "type": kind.text, "nullable": nullable, "metadata": {}}
    found: dict[str, Any] = {
        "name": name,
        "type_text": kind.text,
        "type_json": msgspec.json.encode(stated).decode(),
        "type_name": kind.name,
        "position": number,
        "nullable": nullable,
    }
    if kind.precision is not None:
        found |= {"type_precision": kind.precision, "type_scale": kind.scale}
    if description := column.properties.get("description"):
        found["comment"] = str(description)
    return found
