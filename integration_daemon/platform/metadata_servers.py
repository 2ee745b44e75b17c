"""The log-in and the access service for the metadata servers of a document's integration services and groups."""

from integration_daemon.config.document import IntegrationGroupConfig, IntegrationServiceConfig, OMAGServerConfig
from services.metadata.remote import DEFAULT_ACCESS_SERVICE, Login
from services.registry import service_of
from services.secret import Secret


def login_of(service: IntegrationServiceConfig | IntegrationGroupConfig, user: str) -> Login | None:
    """The user for whom tokens are requested from the platform of a service's or group's metadata server, if any."""
    password = service.metadata_server_password
    return None if password is None else Login(service.metadata_server_user or Secret(user), password)


def access_service_for(config: OMAGServerConfig, platform_url: str, server: str) -> str:
    """The URL marker of the access service for the requests to a metadata server.

    It is the partner of the integration services that use the server; of several partners, the Data Manager, or else
    the first.
    """
    partners = [
        each.integration_service_partner_omas or service_of(each.integration_service_url_marker).partner
        for each in config.integration_services_config or ()
        if (each.omagserver_platform_root_url, each.omagserver_name) == (platform_url, server)
    ]
    markers = [each.removesuffix(" OMAS").strip().lower().replace(" ", "-") for each in partners]
    return markers[0] if markers and DEFAULT_ACCESS_SERVICE not in markers else DEFAULT_ACCESS_SERVICE
