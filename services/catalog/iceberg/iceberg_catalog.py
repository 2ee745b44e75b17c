"""The connector for Iceberg catalogues."""

from audit.counted import counted
from services.catalog import messages
from services.catalog.iceberg.cataloguing import FORM, Cataloguing
from services.catalog.iceberg.client import IcebergClient, open_client
from services.catalog.iceberg.listing import VIEWS, head_of, listing_of
from services.catalog.iceberg.mapping import Statements
from services.catalog.iceberg.sending import IcebergReceiver
from services.catalog.iceberg.settings import IcebergSettings, settings_of
from services.catalog.rest.settings import REQUESTS_AT_ONCE
from services.catalog.service import CatalogIntegratorConnector
from services.catalog.synchronization.sending import Sending
from services.catalog.synchronization.settlement import Settlement
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization

_PATTERNS = "shell patterns, in a list or separated by commas; "


class IcebergCatalog(CatalogIntegratorConnector):
    """Exchanges metadata with a catalogue of Apache Iceberg tables that has the Iceberg REST API.

    The permitted synchronization is the direction: from the catalogue, namespaces, tables and views are catalogued; to
    it, selected schemas and tables are created there; in both directions, comments and properties that are changed in
    open metadata are changed there as well.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Exchanges metadata with Iceberg catalogues.",
        supposes_sending=True,
        exchange=Exchange(
            directions=(
                PermittedSynchronization.FROM_THIRD_PARTY,
                PermittedSynchronization.TO_THIRD_PARTY,
                PermittedSynchronization.BOTH_DIRECTIONS,
            ),
            rights="To list namespaces, tables and views and to read their metadata, never data; in both directions, "
            "to change their properties; with sendSchemas, to create namespaces and tables.",
            reads="Database, DeployedDatabaseSchema, RelationalDBSchemaType, RelationalTable, RelationalColumn, "
            "DataSetContent, Schema, AttributeForSchema, NestedSchemaAttribute",
            writes="Database, DeployedDatabaseSchema, RelationalDBSchemaType, RelationalTable, RelationalColumn, "
            "DataSetContent, Schema, AttributeForSchema, NestedSchemaAttribute, ExternalId, ExternalIdLink, "
            "TypeEmbeddedAttribute, PrimaryKey, CalculatedValue",
            example="catalogue.md#catalogues-of-iceberg-tables",
        ),
        endpoint="the URL of the Iceberg REST API, without its /v1: https://catalog.example.org/iceberg",
        settings=(
            Setting(name="warehouse", description="the warehouse, if the catalogue has several"),
            Setting(name="includeNamespaces", description=_PATTERNS + "namespaces to catalogue, such as sales.europe"),
            Setting(name="excludeNamespaces", description=_PATTERNS + "namespaces not to catalogue"),
            Setting(name="includeTables", description=_PATTERNS + "tables and views to catalogue, as namespace.table"),
            Setting(name="excludeTables", description=_PATTERNS + "tables and views not to catalogue"),
            Setting(
                name="sendSchemas",
                description="qualified names of database schemas of other metadata sources that are sent to the "
                "catalogue with their tables; " + _PATTERNS.removesuffix("; "),
            ),
            Setting(
                name="requestsAtOnce",
                description="maximum number of concurrent requests to the catalogue",
                default=REQUESTS_AT_ONCE,
            ),
            Setting(name="caBundle", description="a file of certificates to trust in addition to those of the system"),
            Setting(
                name="oauth2ServerUri",
                description="the token endpoint for the OAuth2 client that userId and clearPassword name; without it, "
                "that of the catalogue",
            ),
            Setting(name="scope", description="the scope of the token", default="catalog"),
            Setting(
                name="allowCatalogDelete",
                description="true: missing objects are deleted from open metadata; false: they are archived",
                default=False,
            ),
        ),
    )

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._settings: IcebergSettings = settings_of(self.context)

    async def start(self) -> None:
        """Check the configuration."""
        self.read_settings()
        self._settlement: Settlement | None = None
        self.context.audit_log.record(
            messages.CONFIGURED,
            connector=self.connector_name,
            address=self._settings.rest.address,
            synchronization=self.context.settings.permitted_synchronization.display_name,
        )

    async def refresh(self) -> None:
        """Compare the catalogue with open metadata, and apply every difference."""
        synchronization = self.context.settings.permitted_synchronization
        async with open_client(self._settings) as client:
            settlement = self._settlement_with(client)
            head = await head_of(client)
            if await settlement.holds(head):
                return
            await settlement.begin()
            if synchronization.allows_third_party_changes and not await self._send(client):
                head = ""
            if synchronization.allows_metadata_changes:
                cataloguing = Cataloguing(self.context, client)
                await cataloguing.run()
                head = cataloguing.settled_at if head else ""
            await settlement.settle(head)

    async def _send(self, client: IcebergClient) -> bool:
        receiver, rest = IcebergReceiver(self.context, client), client.rest
        return await Sending(self.context, receiver, rest.address, rest.requests_at_once).run(self._settings.send)

    def _settlement_with(self, client: IcebergClient) -> Settlement:
        """The record of the last agreement with a catalogue."""
        if self._settlement is None or self._settlement.path != client.path:
            settings = self._settings
            selection = (FORM, settings.namespaces, settings.tables, settings.send, settings.delete)
            direction = self.context.settings.permitted_synchronization.value
            name = Statements(client.path, self.context.settings.metadata_source).database_name
            self._settlement = Settlement(
                self.context, name, client.path, (direction, *selection), of_all_sources=bool(settings.send)
            )
        return self._settlement

    async def probe(self) -> str:
        """Connect, and describe the readable objects, for an operator who checks a document."""
        async with open_client(settings_of(self.context)) as client:
            listing = await listing_of(client)
            views = sum(each.kind == VIEWS for each in listing.entries)
            kind = "Nessie" if client.nessie else "Iceberg catalogue"
            tables, namespaces = len(listing.entries) - views, len(listing.namespaces)
        found = f"{counted(tables, 'table')} and {counted(views, 'view')} in {counted(namespaces, 'namespace')}"
        return f"{kind}: {found}"
