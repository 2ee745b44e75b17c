"""Finds a server security connector by name. Only installed ones are found: no module is imported by its path."""

from services.errors import ConnectorConfigurationError
from services.framework.entry_points import SECURITY_CONNECTORS, installed_entry_points
from services.framework.messages import SECURITY_CONNECTOR_NOT_KNOWN
from services.framework.server_security import ServerSecurityConnector
from services.near_names import nearest


def find_security_connector(provider: str) -> type[ServerSecurityConnector]:
    """The class of the entry point with this name, or the class that replaces this Java class.

    Raises `ConnectorConfigurationError` if there is none. Blocks, because it imports the modules of entry points.
    """
    found = installed_entry_points(SECURITY_CONNECTORS)
    for entry_point in found:
        if entry_point.name == provider and entry_point.problem:
            raise ConnectorConfigurationError(
                SECURITY_CONNECTOR_NOT_KNOWN, provider=provider, cause=entry_point.problem
            )
        if not entry_point.problem and (entry_point.name == provider or provider in entry_point.loaded.class_names):
            connector_class: type[ServerSecurityConnector] = entry_point.loaded
            return connector_class
    names = [entry_point.name for entry_point in found if not entry_point.problem]
    meant = nearest(provider, names) or f"there are {', '.join(names) or 'none'}"
    cause = f"no installed security connector has this name; {meant}"
    raise ConnectorConfigurationError(SECURITY_CONNECTOR_NOT_KNOWN, provider=provider, cause=cause)
