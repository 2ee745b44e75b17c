"""`check` names each value of a setting that a connector or a service would refuse at its start."""

from typing import Any

import pytest

from integration_daemon.config.check import check_raw


def problems_of(marker: str, connector: dict[str, Any], **service: Any) -> dict[str, str]:
    """The problems of a document of one connector, by their places in the service."""
    config = {"integrationServiceURLMarker": marker, "integrationConnectorConfigs": [connector], **service}
    found = check_raw({"localServerName": "exchangeDL01", "integrationServicesConfig": [config]})
    return {each.path.removeprefix("$.integrationServicesConfig[0]."): each.text for each in found}


def connector(provider: str, address: str, **settings: Any) -> dict[str, Any]:
    return {
        "connectorName": "it",
        "connection": {
            "connectorType": {"connectorProviderClassName": provider},
            "endpoint": {"address": address},
            "configurationProperties": settings,
        },
    }


@pytest.mark.parametrize(
    ("marker", "provider", "address", "settings"),
    [
        ("files", "data-files-monitor", "/tmp", {"watch": "flase", "allowCatalogDelete": 7}),
        ("lineage", "openlineage-folder", "/tmp", {"pollSeconds": "often", "settleSeconds": -1}),
        ("lineage", "openlineage-kafka", "broker:9092", {"consumer": 7, "topic": ["food"]}),
        ("lineage", "openlineage-cataloguer", "", {"namespaceAliases": ["a"]}),
        ("lineage", "openlineage-publisher", "https://lineage.example", {"namespace": 7}),
        ("database", "database-monitor", "sqlite:/a.db", {"statementTimeoutSeconds": 0, "includeSchemas": 7}),
        ("catalog", "iceberg-catalog", "https://a.example", {"requestsAtOnce": 0, "warehouse": 7, "includeTables": 7}),
        ("catalog", "open-metadata-catalog", "https://a.example", {"includeTypes": ["Nothing"], "caBundle": 7}),
        ("organization", "csv-organization", "/a.csv", {"delimiter": "ab", "columns": {"x": "y"}, "teamsFile": 7}),
        ("organization", "ldap-monitor", "ldap://a.example/dc=a", {"mapping": "x", "pageSize": "a", "teamsBase": 7}),
        ("organization", "scim-monitor", "https://a.example", {"pageSize": 0, "organizationName": 7}),
        ("security", "postgres-security", "postgresql://a.example/a", {"onDrift": "x", "recordSchema": 7, "rules": 7}),
        ("security", "ranger-tags", "/a.json", {"resources": 7, "serviceName": 7, "include": 7}),
        ("security", "opa-bundle", "/a.tar.gz", {"policy": "x", "keyId": 7, "elementType": "Nothing"}),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_every_wrong_setting_of_a_connector_is_named(
    marker: str, provider: str, address: str, settings: dict[str, Any]
) -> None:
    if marker == "catalog" and provider == "open-metadata-catalog":
        settings = {**settings, "serverName": "cocoMDS1"}
    found = problems_of(f"{marker}-integrator", connector(provider, address, **settings))
    place = "integrationConnectorConfigs[0].connection.configurationProperties."
    wrong = {each.removeprefix(place) for each in found if each.startswith(place)}
    assert wrong == settings.keys() - {"serverName"}, found


@pytest.mark.parametrize(
    ("marker", "provider", "address"),
    [
        ("lineage", "openlineage-publisher", "ftp://lineage.example"),
        ("database", "database-monitor", "oracle://db.example"),
        ("catalog", "iceberg-catalog", "catalogue.example"),
        ("organization", "ldap-monitor", "http://a.example"),
        ("organization", "scim-monitor", "ldap://a.example"),
        ("security", "postgres-security", "mariadb://a.example/a"),
    ],
)
def test_an_address_that_is_none_is_named(marker: str, provider: str, address: str) -> None:
    found = problems_of(f"{marker}-integrator", connector(provider, address, groups={"hr": "hr_staff"}))
    assert "integrationConnectorConfigs[0].connection.endpoint.address" in found, found


def test_a_wrong_setting_of_a_catalog_target_is_named_where_it_stands() -> None:
    config = connector("database-monitor", "sqlite:/a.db", includeSchemas=7)
    config["catalogTargets"] = [
        {"catalogTargetName": "one", "configurationProperties": {"includeTables": 7}},
        {"catalogTargetName": "two", "connection": {"endpoint": {"address": "oracle:two"}}},
    ]
    assert set(problems_of("database-integrator", config)) >= {
        "integrationConnectorConfigs[0].connection.configurationProperties.includeSchemas",
        "integrationConnectorConfigs[0].catalogTargets[0].configurationProperties.includeTables",
        "integrationConnectorConfigs[0].catalogTargets[1].connection.endpoint.address",
    }


def test_every_wrong_option_of_a_service_is_named() -> None:
    options = {"spoolMegabytes": "many", "deadLetterMegabytes": 0}
    found = problems_of(
        "lineage-integrator", connector("openlineage-cataloguer", ""), integrationServiceOptions=options
    )
    assert {each for each in found if "Options" in each} == {f"integrationServiceOptions.{name}" for name in options}
    assert "many is not a number of megabytes from 1 to 1000000" in found["integrationServiceOptions.spoolMegabytes"]


def test_settings_that_are_right_have_no_problem() -> None:
    found = problems_of(
        "files-integrator", connector("data-files-monitor", "/tmp", watch="false", classifyContent=True)
    )
    assert not [each for each in found if "connection" in each], found
