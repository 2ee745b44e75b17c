"""The metadata servers of a document's services: the access service for requests, and the user."""

import pytest

from integration_daemon.config.document import IntegrationServiceConfig, OMAGServerConfig
from integration_daemon.platform.metadata_servers import access_service_for, login_of
from services.metadata.remote import Login
from services.secret import Secret

URL, NAME = "https://localhost:9443", "cocoMDS1"


def service(marker: str, partner: str | None = None, server: str = NAME) -> IntegrationServiceConfig:
    return IntegrationServiceConfig(
        integration_service_url_marker=marker,
        integration_service_partner_omas=partner,
        omagserver_platform_root_url=URL,
        omagserver_name=server,
    )


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ([service("files-integrator")], "data-manager"),
        ([service("catalog-integrator")], "asset-manager"),
        ([service("catalog-integrator"), service("database-integrator")], "data-manager"),
        ([service("catalog-integrator"), service("database-integrator", server="other")], "asset-manager"),
        ([service("files-integrator", "Digital Architecture OMAS")], "digital-architecture"),
        ([], "data-manager"),
    ],
)
def test_requests_go_through_the_partner_of_the_services_that_use_the_server(
    services: list[IntegrationServiceConfig], expected: str
) -> None:
    config = OMAGServerConfig(local_server_name="daemon", integration_services_config=services)
    assert access_service_for(config, URL, NAME) == expected


def test_tokens_are_asked_for_the_user_of_the_password() -> None:
    config = service("files-integrator")
    assert login_of(config, "daemonnpa") is None
    config.metadata_server_password = Secret("env:PASSWORD")
    found = login_of(config, "daemonnpa")
    assert found is not None
    assert (found.user.reveal(), found.password) == ("daemonnpa", config.metadata_server_password)
    config.metadata_server_user = Secret("onboarding")
    assert login_of(config, "daemonnpa") == Login(config.metadata_server_user, config.metadata_server_password)
