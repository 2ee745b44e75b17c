"""The validated settings of a connector to an Iceberg catalogue."""

from typing import NamedTuple

from services.catalog.rest.settings import RestSettings, SettingsReader
from services.framework.context import IntegrationContext
from services.framework.patterns import Patterns


class IcebergSettings(NamedTuple):
    """The settings of one connector."""

    rest: RestSettings
    warehouse: str
    namespaces: Patterns
    tables: Patterns
    delete: bool
    send: tuple[str, ...]
    """Patterns of the qualified names of database schemas to send."""


def settings_of(context: IntegrationContext) -> IcebergSettings:
    """The settings of a connection; raises `ConnectorConfigurationError` for an invalid setting."""
    reader = SettingsReader(context, grants_at="/v1/oauth/tokens", scope="catalog")
    return IcebergSettings(
        rest=reader.endpoint(reader.address()),
        warehouse=reader.text("warehouse"),
        namespaces=Patterns(reader.patterns("includeNamespaces"), reader.patterns("excludeNamespaces")),
        tables=Patterns(reader.patterns("includeTables"), reader.patterns("excludeTables")),
        delete=context.is_set("allowCatalogDelete"),
        send=reader.patterns("sendSchemas"),
    )
