"""The connector for Unity Catalog servers."""

import trio

from audit.counted import counted
from services.catalog import messages
from services.catalog.rest.settings import REQUESTS_AT_ONCE
from services.catalog.service import CatalogIntegratorConnector
from services.catalog.synchronization.sending import Sending
from services.catalog.synchronization.settlement import Settlement
from services.catalog.unity.cataloguing import FORM, Cataloguing
from services.catalog.unity.client import UnityClient, open_client
from services.catalog.unity.listing import listing_of
from services.catalog.unity.mapping import Statements
from services.catalog.unity.sending import UnityReceiver
from services.catalog.unity.settings import NAMES, UnitySettings, settings_of
from services.catalog.unity.wire import CATALOGS, SCHEMAS, TABLES
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization

_JAVA = "org.odpi.openmetadata.adapters.connectors.unitycatalog.sync."
_PATTERNS = "shell patterns, in a list or separated by commas, of names or full names: "


class UnityCatalog(CatalogIntegratorConnector):
    """Exchanges metadata with a Unity Catalog server.

    The permitted synchronization is the direction: from the server, catalogs, schemas, tables, volumes, functions and
    registered models are catalogued; to it, selected schemas and tables are created there; in both directions, comments
    and properties that are changed in open metadata are changed there as well, if the API of the server can change
    them.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Exchanges metadata with Unity Catalog servers.",
        exchange=Exchange(
            directions=(
                PermittedSynchronization.FROM_THIRD_PARTY,
                PermittedSynchronization.TO_THIRD_PARTY,
                PermittedSynchronization.BOTH_DIRECTIONS,
            ),
            rights="To list catalogs and their content, and to read their metadata, never data; in both directions, "
            "to change comments and properties; with sendSchemas, to create schemas and tables.",
            reads="DeployedDatabaseSchema, RelationalTable, RelationalColumn, Schema, AttributeForSchema, "
            "NestedSchemaAttribute",
            writes="SoftwareServer, DataAccessManager, DeployedDatabaseSchema, VirtualRelationalTable, "
            "RelationalTableType, RelationalColumn, DataFolder, DeployedAPI, DeployedAnalyticsModel, ExternalId, "
            "SupportedSoftwareCapability, CapabilityAssetUse, DataSetContent, Schema, AttributeForSchema, "
            "NestedSchemaAttribute, ExternalIdLink, TypeEmbeddedAttribute",
            example="catalogue.md#unity-catalog",
        ),
        class_names=(
            _JAVA + "OSSUnityCatalogServerSyncProvider",
            _JAVA + "OSSUnityCatalogInsideCatalogSyncProvider",
            _JAVA + "InsideCatalogSyncProvider",
        ),
        supposes_sending=True,
        endpoint="the URL of the server, such as https://unity.example.org:8080",
        settings=(
            *(
                Setting(name=f"{verb}{name}Names", description=_PATTERNS + f"{place} {to}")
                for place, name in NAMES.items()
                for verb, to in (("include", "to catalogue"), ("exclude", "not to catalogue"))
            ),
            Setting(
                name="sendSchemas",
                description="qualified names of database schemas of other metadata sources that are sent to the "
                "server with their tables; shell patterns, in a list or separated by commas",
            ),
            Setting(name="sendToCatalog", description="the catalog of the server in which these schemas are created"),
            Setting(name="storageRoot", description="the URL below which created tables have their data"),
            Setting(
                name="requestsAtOnce",
                description="maximum number of concurrent requests to the server",
                default=REQUESTS_AT_ONCE,
            ),
            Setting(name="caBundle", description="a file of certificates to trust in addition to those of the system"),
            Setting(
                name="oauth2ServerUri",
                description="the token endpoint for the OAuth2 client that userId and clearPassword name",
            ),
            Setting(name="scope", description="the scope of the token", default="all-apis"),
            Setting(
                name="allowCatalogDelete",
                description="true: missing objects are deleted from open metadata; false: they are archived",
                default=False,
            ),
            Setting(
                name="UnityCatalogFriendshipGUID",
                description="accepted without effect: one connector catalogues a server with its content",
            ),
        ),
    )

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._settings: UnitySettings = settings_of(self.context)

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
        """Compare the server with open metadata, and apply every difference."""
        async with open_client(self._settings) as client:
            settlement = self._settlement_with(client)
            listing = await listing_of(client)
            remote_state = await trio.to_thread.run_sync(listing.digest)
            if await settlement.holds(remote_state):
                return
            await settlement.begin()
            synchronization = self.context.settings.permitted_synchronization
            if synchronization.allows_third_party_changes and not await self._send(client):
                remote_state = ""
            if synchronization.allows_metadata_changes:
                cataloguing = Cataloguing(self.context, client)
                await cataloguing.run(listing)
                remote_state = remote_state if cataloguing.is_settled else ""
            await settlement.settle(remote_state)

    async def probe(self) -> str:
        """Connect, and count the readable objects, for an operator who checks a document."""
        async with open_client(settings_of(self.context)) as client:
            kinds = [each.kind for each in (await listing_of(client)).items]
        nouns = {TABLES: "table", SCHEMAS: "schema", CATALOGS: "catalog"}
        return "Unity Catalog: {} in {} of {}".format(*(counted(kinds.count(each), nouns[each]) for each in nouns))

    async def _send(self, client: UnityClient) -> bool:
        receiver, rest = UnityReceiver(self.context, client), client.rest
        return await Sending(self.context, receiver, rest.address, rest.requests_at_once).run(self._settings.send)

    def _settlement_with(self, client: UnityClient) -> Settlement:
        """The record of the last agreement with a server."""
        if self._settlement is None:
            settings = self._settings
            selection = (FORM, settings.selected, settings.send, settings.send_to, settings.storage_root)
            context = self.context
            chosen = (context.settings.permitted_synchronization.value, settings.delete, *selection)
            name = Statements(client.path, context.settings.metadata_source).server_name
            self._settlement = Settlement(context, name, client.path, chosen, of_all_sources=bool(settings.send))
        return self._settlement
