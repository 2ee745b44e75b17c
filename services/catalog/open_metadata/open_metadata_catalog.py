"""The connector for other open metadata servers."""

from services.catalog import messages
from services.catalog.open_metadata.copying import Copying
from services.catalog.open_metadata.counterpart import CounterpartSettings, open_counterpart
from services.catalog.service import CatalogIntegratorConnector
from services.errors import ConnectorConfigurationError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.patterns import Patterns, texts_in
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import wrong_setting
from services.loopback import is_on_this_machine
from services.metadata.changes import Query
from services.metadata.types.registry import types_by_name

USER = "integration-daemon"
_PATTERNS = "shell patterns, in a list or separated by commas; "


class OpenMetadataCatalog(CatalogIntegratorConnector):
    """Copies elements, with their classifications and relationships, from another open metadata server.

    The other server is a metadata access store of this program, or a metadata access server of Egeria. A copy belongs
    to the metadata source of the connector; its external identifier records the home of the original.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Copies elements of another open metadata server.",
        exchange=Exchange(
            directions=(
                PermittedSynchronization.FROM_THIRD_PARTY,
                PermittedSynchronization.TO_THIRD_PARTY,
                PermittedSynchronization.BOTH_DIRECTIONS,
            ),
            rights="To read elements and relationships; with TO_THIRD_PARTY, to add external identifiers.",
            reads="OpenMetadataRoot",
            writes="OpenMetadataRoot",
            example="catalogue.md#other-open-metadata-servers",
        ),
        endpoint="the URL of the platform of the other server: https://metadata.example.org:9443",
        supposes_sending=True,
        settings=(
            Setting(name="serverName", description="the name of the metadata server on that platform"),
            Setting(name="includeTypes", description="types of elements to copy, with their subtypes; without it, all"),
            Setting(
                name="includeSources",
                description=_PATTERNS + "metadata sources of elements to copy",
            ),
            Setting(
                name="excludeSources",
                description=_PATTERNS + "metadata sources of elements not to copy",
            ),
            Setting(name="caBundle", description="a file of certificates to trust in addition to those of the system"),
            Setting(
                name="allowCatalogDelete",
                description="true: copies of missing originals are deleted; false: they are archived",
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
            address=f"{self._settings.url} ({self._settings.server})",
            synchronization=self.context.settings.permitted_synchronization.display_name,
        )

    async def refresh(self) -> None:
        """Compare the other server with this one, and apply every difference."""
        async with open_counterpart(self._settings, self.context) as counterpart:
            delete = self.context.is_set("allowCatalogDelete")
            await Copying(self.context, counterpart, self._types, self._sources, delete=delete).run()

    async def probe(self) -> str:
        """Connect, and report whether elements are readable, for an operator who checks a document."""
        self.read_settings()
        async with open_counterpart(self._settings, self.context) as counterpart:
            page = await counterpart.find_page(Query(page_size=1))
        return f"{self._settings.server}: {'elements' if page.elements or page.cursor else 'no elements'}"

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._types = self._texts("includeTypes")
        for name in self._types:
            if name not in types_by_name():
                raise wrong_setting(self.context, "includeTypes", f"not a list of types: {name} is not known")
        self._sources = Patterns(self._texts("includeSources"), self._texts("excludeSources"))
        connection = self.context.connection
        url = (connection.address or "").rstrip("/")
        if not url.startswith(("https://", "http://")):
            raise ConnectorConfigurationError(
                messages.ADDRESS_NOT_UNDERSTOOD,
                connector=self.connector_name,
                problem="it does not begin with https://host or http://host",
            )
        server, bundle = self.context.setting("serverName", ""), self.context.setting("caBundle", "")
        if not isinstance(server, str) or not server:
            raise wrong_setting(self.context, "serverName", "missing, or not a text")
        if not isinstance(bundle, str):
            raise wrong_setting(self.context, "caBundle", "not a text")
        token = (connection.secured_properties or {}).get("token")
        if token is not None and not url.startswith("https://") and not is_on_this_machine(url):
            raise wrong_setting(
                self.context, "endpoint.address", "not an https:// address, and a token is sent over TLS alone"
            )
        self._settings = CounterpartSettings(url, server, connection.user_id or USER, token, bundle)

    def _texts(self, name: str) -> tuple[str, ...]:
        texts = texts_in(self.context.setting(name, []))
        if texts is None:
            raise wrong_setting(self.context, name, "not a list of texts")
        return texts
