"""Sending elements of other metadata sources to a catalogue: database schemas, and tables with their columns.

Open metadata owns the sent objects: each is marked with the qualified name of its element, and a change at the
catalogue is reverted. A later refresh needs only the marks, so that an interrupted refresh is completed. Nothing is
dropped, and an object without this mark is not changed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import unquote

import msgspec

from services.catalog import messages
from services.catalog.context import CatalogIntegratorContext
from services.catalog.rest.client import ForbiddenError, NotFoundError, RefusedError
from services.catalog.rest.in_parallel import all_results
from services.catalog.synchronization.external_identifiers import ExternalIdentifiers
from services.catalog.synchronization.merging import Conflict, Rule
from services.catalog.synchronization.shared import SENT_MARK, Shared
from services.catalog.synchronization.two_way import report_conflict
from services.framework.patterns import Patterns
from services.metadata.element import ElementRecord

NAME = f"{SENT_MARK}qualifiedName"
DIGEST = f"{SENT_MARK}digest"
"""Digest of the properties and columns that were sent last."""
PROPERTIES = f"{SENT_MARK}properties"
"""The names of the properties that were sent last; other properties are not changed."""

Changes = Mapping[str, str | None]
"""Values by name; `None` for a property to remove."""


class SentTable(NamedTuple):
    """A table to be sent."""

    element: ElementRecord
    schema: str
    """The name of its schema."""
    name: str
    columns: Sequence[ElementRecord]
    """In the order of the table's columns."""


class Receiver(Protocol):
    """A catalogue that receives elements.

    Each method returns the reason if the catalogue cannot take the element, otherwise an empty text. It may raise the
    errors of a refused request.
    """

    async def schema(self, schema: ElementRecord, name: str) -> str:
        """Create or correct a schema."""

    async def table(self, table: SentTable) -> str:
        """Create or correct a table."""


class SentElements:
    """Marks, reports and records the elements that are sent."""

    def __init__(self, context: CatalogIntegratorContext, shared: Shared, identifiers: ExternalIdentifiers) -> None:
        self._context = context
        self._shared = shared
        self._identifiers = identifiers
        self._may_note = context.settings.permitted_synchronization.allows_metadata_changes

    def marked(self, element: ElementRecord, columns: object = ()) -> dict[str, str]:
        """The properties of the object at the catalogue, with the marks; `columns` are the columns as they are sent."""
        values = self._shared.of_element(element.properties)
        stated = msgspec.json.encode((sorted(values.items()), columns))
        return {
            **values,
            NAME: element.qualified_name,
            DIGEST: blake2b(stated, digest_size=8).hexdigest(),
            PROPERTIES: ",".join(each.replace("%", "%25").replace(",", "%2C") for each in sorted(values)),
        }

    def supposes(self, element: ElementRecord) -> bool:
        """True during a dry run; otherwise checks that the change is permitted, and raises an error if it is not."""
        if self._context.supposes_to_send(element.qualified_name):
            return True
        self._context.require_third_party_changes("send an element to the catalogue")
        return False

    def report(self, element: ElementRecord, changes: Changes, wanted: Changes, remote: Mapping[str, str]) -> None:
        """Report changes at the catalogue that are reverted: differences although open metadata has not changed."""
        if remote.get(DIGEST) != wanted[DIGEST]:
            return
        for name, value in changes.items():
            if not name.startswith(SENT_MARK):
                conflict = Conflict(name, value, remote.get(name), value, Rule.OWNER)
                report_conflict(self._context, element.qualified_name, conflict)

    async def note(self, element: ElementRecord, identifier: str, kind: str) -> None:
        """Record the identifier of the object at the catalogue, if changes of open metadata are permitted."""
        if self._may_note:
            synchronization = self._context.settings.permitted_synchronization.value
            await self._context.apply(
                [self._identifiers.put_of_sent(element.qualified_name, identifier, kind, synchronization)]
            )


class Sending:
    """One comparison of the selected elements with a catalogue."""

    def __init__(self, context: CatalogIntegratorContext, receiver: Receiver, address: str, at_once: int) -> None:
        self._context = context
        self._receiver = receiver
        self._address = address
        self._at_once = at_once

    async def run(self, patterns: tuple[str, ...]) -> bool:
        """Create and correct the schemas with these names; false if the catalogue did not take all of them."""
        selected = Patterns(patterns)
        if not selected.include:
            return True
        is_complete = True
        async for schema in self._context.elements_to_send("DeployedDatabaseSchema", None):
            name = str(schema.properties.get("displayName") or "")
            if name and selected.select(schema.qualified_name):
                if not await self._tried(partial(self._receiver.schema, schema, name), schema):
                    is_complete = False
                    continue
                is_complete &= all(await all_results(self._table, await self._tables(schema, name), self._at_once))
        return is_complete

    async def _tables(self, schema: ElementRecord, name: str) -> list[SentTable]:
        """The tables of a schema with their columns; views are not sent."""
        structures = await self._below([schema], "Schema")
        tables = await self._below([each for some in structures.values() for each in some], "AttributeForSchema")
        elements = [each for some in tables.values() for each in some if "CalculatedValue" not in each.classifications]
        columns = await self._below(elements, "NestedSchemaAttribute")
        return [
            SentTable(each, name, table, sorted(columns.get(each.guid, ()), key=_position))
            for each in elements
            if (table := str(each.properties.get("displayName") or ""))
        ]

    async def _below(self, parents: Sequence[ElementRecord], relationship: str) -> dict[str, list[ElementRecord]]:
        """The elements at end 2 of a relationship, by the GUID of the element at end 1."""
        guids = [each.guid for each in parents]
        links = await self._context.relationships(guids, type_name=relationship) if guids else []
        wanted, found = set(guids), dict[str, list[ElementRecord]]()
        links = [each for each in links if each.end1_guid in wanted]
        elements = {each.guid: each for each in await self._context.get([each.end2_guid for each in links])}
        for link in links:
            if (element := elements.get(link.end2_guid)) is not None:
                found.setdefault(link.end1_guid, []).append(element)
        return found

    async def _table(self, table: SentTable) -> bool:
        return await self._tried(partial(self._receiver.table, table), table.element)

    async def _tried(self, send: Callable[[], Awaitable[str]], element: ElementRecord) -> bool:
        """Send an element; true if the catalogue has it now, or would have it without the dry run."""
        try:
            problem = await send()
        except (RefusedError, ForbiddenError, NotFoundError) as error:
            problem = str(error)
        if problem:
            self._context.audit_log.record(
                messages.NOT_SENT,
                connector=self._context.connector_name,
                subject=element.qualified_name,
                address=self._address,
                cause=problem,
            )
        return not problem


def changes_to(wanted: Mapping[str, str], remote: Mapping[str, str]) -> Changes:
    """The properties to set, and those to remove because they were sent earlier and are no longer wanted."""
    sent = map(unquote, remote.get(PROPERTIES, "").split(","))
    to_remove = {name: None for name in sent if name in remote and name not in wanted}
    return {**to_remove, **{name: value for name, value in wanted.items() if remote.get(name) != value}}


def data_type_of(column: ElementRecord) -> str:
    """The type of a column as its database names it."""
    embedded = column.classifications.get("TypeEmbeddedAttribute", {})
    return str(column.properties.get("dataType") or embedded.get("dataType") or "")


def _position(column: ElementRecord) -> int:
    return int(column.properties.get("elementPosition") or 0)
