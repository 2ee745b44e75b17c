"""The database monitor, which synchronizes the catalogue with all databases of a server or with one of them."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager

import trio

from audit.counted import counted
from audit.foreign import leaves
from services.database import messages
from services.database.address import Opening, opening_of
from services.database.cataloguing import Cataloguing, read_outline
from services.database.grants import with_grant
from services.database.on_thread import SourceOnThread, on_thread, opened_source
from services.database.selection import Selection
from services.database.service import DatabaseIntegratorConnector
from services.errors import UserNotAuthorizedError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.patterns import matches
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import patterns_setting, wrong_setting
from services.metadata.changes import Query, literally
from services.metadata.table_names import SEPARATOR

STATEMENT_TIMEOUT = 300.0
_REFUSALS = (messages.LOGIN_REFUSED.id, messages.LOGIN_REFUSED.id)
_PATTERNS = "shell patterns, in a list or separated by commas; "


class DatabaseMonitor(DatabaseIntegratorConnector):
    """Catalogues databases with their schemas, tables, views, columns and keys.

    Databases are read in bulk, in read-only transactions, with a time limit that the server enforces. Missing elements
    are archived, or deleted from the catalogue if `allowCatalogDelete` is true; an unchanged database writes nothing.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues databases: schemas, tables, columns.",
        class_names=("org.odpi.openmetadata.adapters.connectors.integration.jdbc.JDBCIntegrationConnectorProvider",),
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="In PostgreSQL, to connect to the databases, and SELECT on a view for the tables that it selects "
            "from; in MariaDB and MySQL, REFERENCES and SHOW VIEW, and SHOW DATABASES for a whole server; to read the "
            "file of SQLite or DuckDB.",
            writes="Database, DeployedDatabaseSchema, RelationalDBSchemaType, RelationalTable, RelationalColumn, "
            "DataSetContent, Schema, AttributeForSchema, NestedSchemaAttribute, ForeignKey, DataFlow, "
            "DataAssetEncoding, TypeEmbeddedAttribute, PrimaryKey, CalculatedValue",
            example="catalogue.md#databases",
        ),
        endpoint="a URL without a password: postgresql://host:5432/database, or without the database for all of the "
        "server; mariadb://host:3306/database, or without it; sqlite:///path; duckdb:///path",
        settings=(
            Setting(name="includeDatabases", description=_PATTERNS + "databases of a PostgreSQL server to catalogue"),
            Setting(name="excludeDatabases", description=_PATTERNS + "databases not to catalogue"),
            Setting(name="includeSchemas", description=_PATTERNS + "schemas to catalogue"),
            Setting(name="excludeSchemas", description=_PATTERNS + "schemas not to catalogue"),
            Setting(name="includeTables", description=_PATTERNS + "tables to catalogue, as schema.table"),
            Setting(name="excludeTables", description=_PATTERNS + "tables not to catalogue, as schema.table"),
            Setting(
                name="statementTimeoutSeconds",
                description="maximum time in seconds that the server may spend on one query",
                default=STATEMENT_TIMEOUT,
            ),
            Setting(
                name="allowCatalogDelete",
                description="true: missing objects are deleted from the catalogue; false: they are archived",
                default=False,
            ),
        ),
    )

    async def start(self) -> None:
        """Check the configuration."""
        self.read_settings()
        self.context.audit_log.record(
            messages.CONFIGURED,
            connector=self.connector_name,
            address=self._opening.address,
            user=self._opening.user or "of this process",
        )

    async def refresh(self) -> None:
        """Compare each database with the catalogue, and apply every difference."""
        if self._opening.databases is None:
            await self._catalogue(None)
            return
        databases = await on_thread(self._opening.databases)
        for name in filter(self._is_selected, databases):
            if not databases[name]:
                self.context.audit_log.record(messages.DATABASE_CLOSED, connector=self.connector_name, database=name)
                continue
            try:
                await self._catalogue(name)
            except* UserNotAuthorizedError as refused:
                if not all(map(_is_of_the_database, leaves(refused))):
                    raise  # changes of open metadata are not permitted
                grant = self._opening.grant
                message = messages.DATABASE_NOT_ENTERED
                self.context.audit_log.record(
                    with_grant(message, grant(name)) if grant is not None else message,
                    connector=self.connector_name,
                    database=name,
                )
        await self._remove_all_but(databases)

    async def probe(self) -> str:
        """Connect, and count the readable objects, for an operator who checks a document."""
        self.read_settings()
        names: list[str | None] = [None]
        if self._opening.databases is not None:
            databases = await on_thread(self._opening.databases)
            names = [name for name, is_open in databases.items() if is_open and self._is_selected(name)]
        return "; ".join([await self._seen_in(name) for name in names]) or "no database"

    def read_settings(self) -> None:
        """Read and check the settings."""
        timeout = self.context.setting("statementTimeoutSeconds", STATEMENT_TIMEOUT)
        try:
            seconds = float(timeout)
        except (TypeError, ValueError):
            seconds = 0.0
        if seconds <= 0:
            raise wrong_setting(self.context, "statementTimeoutSeconds", "not a number of seconds above 0")
        self._delete = self.context.is_set("allowCatalogDelete")
        self._include, self._exclude = (
            patterns_setting(self.context, "includeDatabases"),
            patterns_setting(self.context, "excludeDatabases"),
        )
        self._selection = Selection(
            include_schemas=patterns_setting(self.context, "includeSchemas"),
            exclude_schemas=patterns_setting(self.context, "excludeSchemas"),
            include_tables=patterns_setting(self.context, "includeTables"),
            exclude_tables=patterns_setting(self.context, "excludeTables"),
        )
        self._opening: Opening = opening_of(self.context, seconds)

    def _is_selected(self, database: str) -> bool:
        return matches(database, self._include, self._exclude)

    async def _catalogue(self, name: str | None) -> None:
        async with self.opened(name) as source:
            cataloguing = Cataloguing(
                self.context, source, self._selection, delete=self._delete, grant=self._opening.grant
            )
            await cataloguing.run()

    def opened(self, name: str | None = None) -> AbstractAsyncContextManager[SourceOnThread]:
        """Open the database of the address, or a database of its server."""
        return opened_source(lambda: self._opening.open(name))

    async def _seen_in(self, name: str | None) -> str:
        async with self.opened(name) as source:
            found = await source.call(read_outline, source, self._selection)
        hidden = [schema.name for schema in found.schemas if not schema.is_readable]
        tables, schemas = counted(len(found.tables), "table"), counted(len(found.schemas) - len(hidden), "schema")
        text = f"{found.database.name}: {tables} in {schemas}"
        return text + (f", and no access to {', '.join(hidden)}" if hidden else "")

    async def _remove_all_but(self, databases: Collection[str]) -> None:
        """Remove databases that no longer exist on the server."""
        server = f"{self._opening.address}{SEPARATOR}"
        held = await self.context.find_all(
            Query(
                type_name="Database",
                name_pattern=literally(f"Database::{server}") + "*",
                metadata_source=self.context.settings.metadata_source,
            )
        )
        for element in held:
            path = element.qualified_name.removeprefix("Database::")
            if path.removeprefix(server) in databases:
                continue
            self.context.audit_log.record(messages.DATABASE_GONE, connector=self.connector_name, database=path)
            async with self.context.reconcile_in_order(path + SEPARATOR, delete=self._delete) as catalog:
                comparison = await catalog.comparison()
                await trio.to_thread.run_sync(comparison.finish)
                catalog.compared(comparison.known, comparison.unchanged, comparison.take_missing(), is_last=True)


def _is_of_the_database(error: BaseException) -> bool:
    """True if the database refused its user."""
    return isinstance(error, UserNotAuthorizedError) and error.definition.id in _REFUSALS
