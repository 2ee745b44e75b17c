"""The connector classes that metadata may name."""

from collections.abc import Callable, Collection

from integration_daemon.groups.reading import ConnectorClassInfo
from services.allowance import Allowance
from services.errors import ConnectorConfigurationError
from services.framework.broker import find_connector_class, require_known, require_provider
from services.framework.messages import NOT_A_CONNECTOR
from services.registry import registered_services


def find_class(provider: str, named: Callable[[], Collection[str]], allowance: Allowance) -> ConnectorClassInfo:
    """The class behind a provider class name of metadata. Blocks.

    The import of a class runs its module, so metadata may name only installed classes, classes that the document has
    `named`, and classes that the platform file lists. Raises `ConnectorConfigurationError` for any other class.
    """
    is_listed = allowance.connectors is not None and allowance.allows_class([provider, provider.replace(":", ".")])
    if not is_listed:
        require_known(provider, named())
    connector_class = find_connector_class(provider, provider, allowance)
    require_provider(connector_class)
    for service in registered_services():
        if issubclass(connector_class, service.connector_class):
            return ConnectorClassInfo(service.url_marker, bool(connector_class.provider.endpoint))
    problem = "it belongs to no installed integration service"
    raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=provider, problem=problem)
