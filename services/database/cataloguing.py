"""Synchronizes the catalogue with one database.

    outline ─▶ comparison in the order of source keys ─▶ changed tables are described, some at a time ─▶ put
                                                       │ does a relationship lead to a missing table?
                                                       └─▶ put without it, and put completely at the end

A table's fingerprint covers its columns and keys, so that an unchanged database costs only its outline. Memory grows
with one line for each table, less than a word for each column of changed tables, and their keys that refer to missing
tables.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import intern
from typing import NamedTuple

import msgspec
import trio

from services.database import messages
from services.database.description import DatabaseDescription, SchemaDescription, TableOutline
from services.database.grants import with_grant
from services.database.mapping import Statements
from services.database.on_thread import SourceOnThread
from services.database.selection import Selection
from services.framework.context import IntegrationContext
from services.framework.rejections import record_rejections
from services.metadata.changes import Outcome, Put, Query, literally
from services.metadata.reconcile import OrderedCatalog
from services.metadata.sorted_diff import SortedDiff
from services.metadata.table_names import SEPARATOR

TABLES_AT_ONCE = 200
PUTS_AT_ONCE = 2_000
_PROVISIONAL = "~"
"""Prefix of the fingerprint of a table with missing relationships: the next scan puts it again."""


class DatabaseOutline(NamedTuple):
    """The outline of a database, without full descriptions."""

    database: DatabaseDescription
    schemas: list[SchemaDescription]
    tables: list[TableOutline]


class ChangedTable(NamedTuple):
    """A table that differs from the catalogue, with its catalogued columns."""

    outline: TableOutline
    columns: tuple[str, ...] = ()
    """Suffixes of their source keys; most names also occur in other tables, and are kept once."""


class Changed(NamedTuple):
    """The differences from the catalogue."""

    top: list[Put]
    """The database and its schemas, if they differ."""
    tables: list[ChangedTable]


class DescribedTables(NamedTuple):
    """Descriptions of tables, ready to be put."""

    puts: list[Put]
    removed: list[str]
    """Source keys of columns that the tables no longer have."""
    later: list[Put]
    """Repeated puts, with the relationships to tables that are still missing."""


def read_outline(source: SourceOnThread, selection: Selection) -> DatabaseOutline:
    """Read the outline of the selected part of a database. Blocks."""
    schemas = [schema for schema in source.source.schemas() if selection.has_schema(schema.name)]
    readable = [schema.name for schema in schemas if schema.is_readable]
    tables = [each for each in source.source.outline(readable) if selection.has_table(each.schema, each.name)]
    return DatabaseOutline(source.source.describe(), schemas, tables)


class Cataloguing:
    """One comparison of a database with the catalogue."""

    def __init__(
        self,
        context: IntegrationContext,
        source: SourceOnThread,
        selection: Selection,
        *,
        delete: bool,
        grant: Callable[[str], str] | None = None,
    ) -> None:
        self._context = context
        self._source = source
        self._selection = selection
        self._delete = delete
        self._grant = grant
        self._catalogued: set[tuple[str, str]] = set()
        """The tables that are catalogued so far."""

    async def run(self) -> Outcome:
        """Apply every difference; removals follow a complete scan."""
        found = await self._source.call(read_outline, self._source, self._selection)
        self._statements = Statements(found.database)
        only = found.database.only_schema
        self._all = {(table.schema, table.name) for table in found.tables}
        unseen = [] if self._source.source.sees_every_schema or only is not None else await self._unseen_schemas(found)
        for schema in [*unseen, *(each.name for each in found.schemas if not each.is_readable)]:
            message = messages.SCHEMA_NOT_READABLE
            self._context.audit_log.record(
                with_grant(message, self._grant(schema)) if self._grant is not None else message,
                connector=self._context.connector_name,
                schema=schema,
                database=found.database.path,
            )
        scope = self._statements.scope if only is None else self._statements.schema_source_key(only)
        async with self._context.reconcile_in_order(scope, delete=self._delete) as catalog:
            comparison = await catalog.comparison()
            changed = await self._source.call(self._compare, found, unseen, comparison)
            catalog.compared(comparison.known, comparison.unchanged, comparison.take_missing(), is_last=True)
            if changed.top:
                await catalog.put_changed(changed.top)
            later = await self._put_tables(catalog, changed.tables)
            for first in range(0, len(later), PUTS_AT_ONCE):
                await catalog.put_changed(later[first : first + PUTS_AT_ONCE])
        self._context.progress = None
        self._sum_up(found, catalog.outcome)
        return catalog.outcome

    async def _unseen_schemas(self, found: DatabaseOutline) -> list[str]:
        """Catalogued schemas that are no longer visible: it is unknown whether they still exist."""
        seen = {schema.name for schema in found.schemas}
        prefix = f"DeployedDatabaseSchema::{found.database.path}{SEPARATOR}"
        pattern = literally(prefix) + "*"
        held = await self._context.find_all(Query(type_name="DeployedDatabaseSchema", name_pattern=pattern))
        names = {str(each.properties.get("displayName", "")) for each in held}
        return sorted(name for name in names - seen if self._selection.has_schema(name))

    def _compare(self, found: DatabaseOutline, unseen: Sequence[str], comparison: SortedDiff) -> Changed:
        """Compare both sides in order, on a worker thread."""
        changed = Changed([], [])
        for source_key, entry in sorted(self._entries(found, unseen), key=lambda each: each[0]):
            if entry is None:
                comparison.keep_scope(source_key)
            elif isinstance(entry, TableOutline):
                if comparison.is_unchanged(source_key, self._fingerprint(entry)):
                    self._catalogued.add((entry.schema, entry.name))
                else:
                    held = (intern(part.removeprefix(source_key)) for part in comparison.take_parts(source_key))
                    changed.tables.append(ChangedTable(entry, tuple(held)))
            elif not comparison.is_unchanged(source_key, entry[0].fingerprint):
                changed.top.extend(entry)
                comparison.take_parts(source_key)
        comparison.finish()
        return changed

    def _entries(
        self, found: DatabaseOutline, unseen: Iterable[str]
    ) -> Iterator[tuple[str, list[Put] | TableOutline | None]]:
        statements = self._statements
        yield statements.scope, [statements.database()]
        for schema in found.schemas:
            if schema.is_readable:
                yield statements.schema_source_key(schema.name), statements.schema(schema)
            else:
                yield statements.schema_source_key(schema.name), None
        for name in unseen:
            yield statements.schema_source_key(name), None
        for table in found.tables:
            yield statements.table_source_key(table.schema, table.name), table

    async def _put_tables(self, catalog: OrderedCatalog, tables: Sequence[ChangedTable]) -> list[Put]:
        """Describe and put tables; return those to put again when all tables exist."""
        later: list[Put] = []
        async with trio.open_nursery() as nursery:  # tables are read while others are written
            send, receive = trio.open_memory_channel[DescribedTables](0)
            nursery.start_soon(self._describe_all, tables, send)
            done = 0
            async with receive:
                async for described in receive:
                    await catalog.put_changed(described.puts, without=described.removed)
                    later += described.later
                    done = min(done + TABLES_AT_ONCE, len(tables))
                    self._context.progress = f"{done:,} of {len(tables):,} new or changed tables catalogued"
        return later

    async def _describe_all(
        self, tables: Sequence[ChangedTable], send: trio.MemorySendChannel[DescribedTables]
    ) -> None:
        async with send:
            for first in range(0, len(tables), TABLES_AT_ONCE):
                group = tables[first : first + TABLES_AT_ONCE]
                self._catalogued.update((table.schema, table.name) for table, _ in group)
                await send.send(await self._source.call(self._describe, group))

    def _describe(self, group: Sequence[ChangedTable]) -> DescribedTables:
        """Read full descriptions of tables, on a worker thread."""
        outlines = {(table.outline.schema, table.outline.name): table for table in group}
        described = DescribedTables([], [], [])
        for table in self._source.source.details([table.outline for table in group]):
            outline, held = outlines.pop((table.schema, table.name))
            puts = self._statements.table(table, self._fingerprint(outline), self._is_catalogued)
            targets = {(key.schema, key.table) for key in table.foreign_keys} | set(table.reads_from)
            described.removed.extend(
                {puts[0].source_key + column for column in held} - {put.source_key for put in puts}
            )
            if not targets & self._all <= self._catalogued:
                whole = self._statements.table(table, self._fingerprint(outline), self._will_be_catalogued)
                described.later.extend(
                    after for after, now in zip(whole[1:], puts[1:], strict=True) if after.links != now.links
                )
                described.later.append(whole[0])  # last, so that an interrupted scan is repeated
                puts[0] = msgspec.structs.replace(puts[0], fingerprint=_PROVISIONAL + puts[0].fingerprint)
            described.puts.extend(puts)
        for dropped in outlines:  # dropped since the outline was read: the next scan removes their elements
            self._catalogued.discard(dropped)
        return described

    def _is_catalogued(self, schema: str, table: str) -> bool:
        return (schema, table) in self._catalogued

    def _will_be_catalogued(self, schema: str, table: str) -> bool:
        return (schema, table) in self._all

    def _fingerprint(self, table: TableOutline) -> str:
        return f"{table.digest}.{self._selection.digest}"

    def _sum_up(self, found: DatabaseOutline, outcome: Outcome) -> None:
        record_rejections(self._context, messages.NOT_CATALOGUED, outcome)
        if outcome.created or outcome.updated or outcome.removed or outcome.rejected:
            self._context.audit_log.record(
                messages.CATALOGUED,
                connector=self._context.connector_name,
                database=found.database.path,
                tables=len(found.tables),
                schemas=len(found.schemas),
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                rejected=len(outcome.rejected),
            )
