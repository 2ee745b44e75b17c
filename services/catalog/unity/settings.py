"""The validated settings of a connector to a Unity Catalog server."""

from typing import NamedTuple

from services.catalog.rest.settings import RestSettings, SettingsReader
from services.catalog.unity.wire import CATALOGS, FUNCTIONS, MODELS, SCHEMAS, TABLES, VOLUMES, Kind
from services.framework.context import IntegrationContext
from services.framework.patterns import Patterns, matches

API = "/api/2.1/unity-catalog"
NAMES = {
    CATALOGS.place: "Catalog",
    SCHEMAS.place: "Schema",
    TABLES.place: "Table",
    VOLUMES.place: "Volume",
    FUNCTIONS.place: "Function",
    MODELS.place: "Model",
}
"""The kinds of objects in the names of settings, such as `includeCatalogNames`, which Egeria's connectors share."""


class UnitySettings(NamedTuple):
    """The settings of one connector."""

    rest: RestSettings
    selected: dict[str, Patterns]
    """Patterns by the place of the kind."""
    delete: bool
    send: tuple[str, ...]
    """Patterns of the qualified names of database schemas to send."""
    send_to: str
    """The catalog in which sent schemas are created."""
    storage_root: str
    """The URL below which created tables have their data."""

    def select(self, kind: Kind, names: tuple[str, ...]) -> bool:
        """True if an object is selected, by its own name or by its full name."""
        patterns, full = self.selected[kind.place], ".".join(names)
        is_included = matches(names[-1], patterns.include, ()) or matches(full, patterns.include, ())
        return is_included and matches(names[-1], (), patterns.exclude) and matches(full, (), patterns.exclude)


def settings_of(context: IntegrationContext) -> UnitySettings:
    """The settings of a connection; raises `ConnectorConfigurationError` for an invalid setting."""
    reader = SettingsReader(context, scope="all-apis")
    address = reader.address()
    settings = UnitySettings(
        rest=reader.endpoint(address if address.endswith(API) else address + API),
        selected={
            place: Patterns(reader.patterns(f"include{name}Names"), reader.patterns(f"exclude{name}Names"))
            for place, name in NAMES.items()
        },
        delete=context.is_set("allowCatalogDelete"),
        send=reader.patterns("sendSchemas"),
        send_to=reader.text("sendToCatalog"),
        storage_root=reader.text("storageRoot").rstrip("/"),
    )
    if settings.send and not settings.send_to:
        raise reader.wrong("sendToCatalog", "missing: it names the catalog that schemas are sent to")
    if settings.send and "://" not in settings.storage_root:
        raise reader.wrong("storageRoot", "not the URL of a storage location, such as s3://bucket/tables")
    return settings
