"""Finds a server security connector by name. Only installed ones are found: no module is imported by its path."""

from services.errors import ConnectorConfigurationError
from services.framework.entry_points import SECURITY_CONNECTORS, offers
from services.framework.messages import SECURITY_CONNECTOR_NOT_KNOWN
from services.framework.server_security import ServerSecurityConnector
from services.near_names import nearest


def find_security_connector(provider: str) -> type[ServerSecurityConnector]:
    """The class of the entry point with this name, or the class that replaces this Java class.

    Raises `ConnectorConfigurationError` if there is none. Blocks, because it imports the modules of entry points.
    """
    found = offers(SECURITY_CONNECTORS)
    for offer in found:
        if offer.name == provider and offer.problem:
            raise ConnectorConfigurationError(SECURITY_CONNECTOR_NOT_KNOWN, provider=provider, cause=offer.problem)
        if not offer.problem and (offer.name == provider or provider in offer.loaded.class_names):
            connector_class: type[ServerSecurityConnector] = offer.loaded
            return connector_class
    names = [offer.name for offer in found if not offer.problem]
    meant = nearest(provider, names) or f"there are {', '.join(names) or 'none'}"
    cause = f"no installed security connector has this name; {meant}"
    raise ConnectorConfigurationError(SECURITY_CONNECTOR_NOT_KNOWN, provider=provider, cause=cause)
