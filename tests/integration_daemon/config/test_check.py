"""The check of a document: the exact text of each problem, with its place, remedy and severity."""

from pathlib import Path
from typing import Any

import pytest

from integration_daemon.config.check import check_document, check_raw, notes
from integration_daemon.config.load import convert
from integration_daemon.config.problem import Problem, ProblemSeverity
from services.allowance import Allowance
from tests.integration_daemon.config.test_documents import CONNECTOR, document, problems_of

SERVICE = "$.integrationServicesConfig[0]"
DESTINATION = "$.repositoryServicesConfig.auditLogConnections[0]"
PROVIDER = f"{CONNECTOR}.connection.connectorType.connectorProviderClassName"
CONSOLE = "org.odpi.openmetadata.adapters.repositoryservices.auditlogstore.console.ConsoleAuditLogStoreProvider"
WARNING = ProblemSeverity.WARNING
SERVICES = (
    "files-integrator, security-integrator, database-integrator, lineage-integrator, catalog-integrator, "
    "organization-integrator"
)
SETTINGS = "allowCatalogDelete, waitForDirectory, watch, classifyContent"


def connection(provider: str = "data-files-monitor", address: str = "landing-area", **more: Any) -> dict[str, Any]:
    return {"connectorType": {"connectorProviderClassName": provider}, "endpoint": {"address": address}, **more}


def audit_log(provider: str) -> dict[str, Any]:
    return {"auditLogConnections": [{"connectorType": {"connectorProviderClassName": provider}}]}


def in_clear(path: str) -> Problem:
    return Problem(path, "the document contains a secret", "write env:NAME or file:PATH instead of its value", WARNING)


def test_a_document_that_was_shown_without_its_secrets_is_told_from_one_with_secrets() -> None:
    given = connection(
        clearPassword="********",
        securedProperties={"key": "********"},
        configurationProperties={"apiToken": "********", "waitForDirectory": True},
    )
    places = ("clearPassword", "securedProperties.key", "configurationProperties.apiToken")
    found = {
        problem.path: problem.text for problem in problems_of(connector__connection=given) if "secret" in problem.text
    }
    assert found == {
        f"{CONNECTOR}.connection.{place}": "asterisks stand here for a secret that was masked when the document was "
        "shown"
        for place in places
    }


def no_database(url: str) -> tuple[dict[str, Any], Problem]:
    text, hint = "this is not the URL of a PostgreSQL database", "such as postgresql://user@host:5432/database"
    return {"metadataStore": url}, Problem("$.metadataStore", text, hint)


def no_url(url: str) -> tuple[dict[str, Any], Problem]:
    path = f"{SERVICE}.omagserverPlatformRootURL"
    problem = Problem(path, f"{url!r} is not a URL", "such as https://localhost:9444")
    return {"service__omagserverPlatformRootURL": url}, problem


def half_named(given: str, missing: str) -> tuple[dict[str, Any], Problem]:
    text = "this field is required because the other one is given"
    hint = "name the metadata server by both fields, or leave both out to use the embedded store"
    return {f"service__{missing}": None}, Problem(f"{SERVICE}.{missing}", text, hint)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"localServerNme": 1},
         Problem("$.localServerNme", "this field is not known and is ignored",
                 "did you mean localServerName?", WARNING)),
        ({"something": 1}, Problem("$.something", "this field is not known and is ignored", "", WARNING)),
        ({"localServerType": "Integration Demon"},
         Problem("$.localServerType", "'Integration Demon' is not a server type that can be hosted here",
                 "did you mean Integration Daemon?")),
        ({"localServerType": "Cohort Member"},
         Problem("$.localServerType", "'Cohort Member' is not a server type that can be hosted here",
                 "this platform hosts Integration Daemon, Metadata Access Store")),
        ({"integrationServicesConfig": []},
         Problem("$.integrationServicesConfig", "an integration daemon needs at least one service",
                 "add an integration service with its connectors, or an integration group")),
        ({"localServerPassword": "hunter2"}, in_clear("$.localServerPassword")),
        no_database("https://host/database"),
        no_database("postgresql://user@host:5432/"),
        no_database("postgresql://[host/database"),
        ({"metadataStore": "postgresql://user:hunter2@host/database"},
         Problem("$.metadataStore", "the URL contains a password", "write it as metadataStorePassword")),
        ({"metadataStorePassword": "hunter2"}, in_clear("$.metadataStorePassword")),
        ({"service__integrationServiceURLMarker": "file-integrator"},
         Problem(f"{SERVICE}.integrationServiceURLMarker", "'file-integrator' is not a registered integration service",
                 "did you mean files-integrator?")),
        ({"service__integrationServiceURLMarker": "cohort"},
         Problem(f"{SERVICE}.integrationServiceURLMarker", "'cohort' is not a registered integration service",
                 f"there are {SERVICES}")),
        half_named("omagserverName", missing="omagserverPlatformRootURL"),
        half_named("omagserverPlatformRootURL", missing="omagserverName"),
        no_url("localhost"),
        no_url("ftp://localhost"),
        no_url("https://"),
        no_url("https://localhost:0"),
        no_url("https://localhost:99999"),
        ({"service__omagserverPlatformRootURL": "https://me:hunter2@localhost:9444"},
         in_clear(f"{SERVICE}.omagserverPlatformRootURL")),
        ({"service__integrationConnectorConfigs": []},
         Problem(f"{SERVICE}.integrationConnectorConfigs", "the service has no connectors", "", WARNING)),
        ({"connector__connectorName": " "},
         Problem(f"{CONNECTOR}.connectorName", "the name is empty", "statuses and messages show it")),
        ({"connector__connection": connection(clearPassword="hunter2")},
         in_clear(f"{CONNECTOR}.connection.clearPassword")),
        ({"connector__connection": connection(encryptedPassword="hunter2")},
         in_clear(f"{CONNECTOR}.connection.encryptedPassword")),
        ({"connector__connection": connection(securedProperties={"key": "env:KEY", "apiKey": "hunter2"})},
         in_clear(f"{CONNECTOR}.connection.securedProperties.apiKey")),
        ({"connector__connection": connection(address="postgresql://me:hunter2@host/database")},
         in_clear(f"{CONNECTOR}.connection.endpoint.address")),
        ({"connector__connection": connection(configurationProperties={"allowCatalogDeletes": True})},
         Problem(f"{CONNECTOR}.connection.configurationProperties.allowCatalogDeletes",
                 "the connector DataFilesMonitor has no such setting", "did you mean allowCatalogDelete?", WARNING)),
        ({"connector__connection": connection(configurationProperties={"colour": "red"})},
         Problem(f"{CONNECTOR}.connection.configurationProperties.colour",
                 "the connector DataFilesMonitor has no such setting", f"it has {SETTINGS}", WARNING)),
        ({"connector__connection": connection("")},
         Problem(PROVIDER, "OCF-CONNECTION-400-004 The connection of connector OakDeneLandingAreaFilesMonitor does not "
                 "name a connector provider class",
                 "Add connection.connectorType.connectorProviderClassName to the connector's configuration.", WARNING)),
        ({"connector__connection": connection("database-monitor")},
         Problem(PROVIDER, "OMIS-FILES-INTEGRATOR-400-001 Integration connector OakDeneLandingAreaFilesMonitor is not "
                 "of the correct type to run in the Files Integrator OMIS integration service. It must inherit from "
                 "org.odpi.openmetadata.integrationservices.files.connector.FilesIntegratorConnector",
                 "Configure the connector in the integration service that matches it, or have its class inherit from "
                 "services.files.service.FilesIntegratorConnector, which is that class in Python.", WARNING)),
        ({"repositoryServicesConfig": audit_log("tape")},
         Problem(DESTINATION, "AUDIT-LOG-400-001 There is no audit log destination tape; the known destinations are "
                 "console, file, journald, json-lines, memory-ring, python-logging",
                 "Correct the connection in auditLogConnections of the configuration document.")),
        ({"repositoryServicesConfig": audit_log(CONSOLE.replace("Console", "Consol"))},
         Problem(DESTINATION, "AUDIT-LOG-400-001 There is no audit log destination "
                 f"{CONSOLE.replace('Console', 'Consol')}; the known destinations are console, file, journald, "
                 "json-lines, memory-ring, python-logging", f"did you mean {CONSOLE}?")),
        ({"connector__connection": connection(clearPassword="file:/etc/shadow")},
         Problem(f"{SERVICE}.integrationConnectorConfigs[0].connection.clearPassword",
                 "this reference may not be followed: the file is not below /run/secrets",
                 "put it there, or allow its place in the platform file", WARNING)),
    ],
    ids=lambda value: value.path.removeprefix("$.") if isinstance(value, Problem) else "",
)  # fmt: skip
def test_a_problem_is_reported_with_its_remedy(changes: dict[str, Any], problem: Problem) -> None:
    assert problems_of(**changes) == [problem]


@pytest.mark.parametrize(
    "changes",
    [
        {"localServerPassword": "env:PASSWORD"},
        {"metadataStore": "postgresql://user@host:5432/database"},
        {"metadataStore": "postgres://host/database", "metadataStorePassword": "file:/run/secrets/password"},
        {"service__omagserverPlatformRootURL": "http://localhost:1"},
        {"service__omagserverPlatformRootURL": None, "service__omagserverName": None},
        {"connector__connection": connection(clearPassword="env:PASSWORD")},
        {"connector__connection": connection(securedProperties={"key": "file:/run/secrets/key"})},
    ],
    ids=str,
)
def test_a_valid_document_has_no_problems(changes: dict[str, Any]) -> None:
    assert problems_of(**changes) == []


@pytest.mark.parametrize("raw", [None, [], "localServerName", 7], ids=str)
def test_a_document_that_is_not_an_object_is_a_problem(raw: Any) -> None:
    text = "a configuration document is an object"
    assert check_raw(raw) == [Problem("$", text, "begin it with localServerName")]


@pytest.mark.parametrize(("value", "kind"), [(7, "int"), ("files-integrator", "str"), ({"a": 1}, "object")])
def test_another_value_in_place_of_a_list_is_a_problem(value: Any, kind: str) -> None:
    problem = problems_of(integrationServicesConfig=value)[0]
    text = f"Expected `array | null`, got `{kind}`"
    assert problem == Problem("$.integrationServicesConfig", text, "correct the value")


def test_a_duplicate_name_is_reported_with_the_place_of_the_first() -> None:
    raw = document()
    connectors = raw["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors.append(dict(connectors[0]))
    name = connectors[0]["connectorName"]
    assert check_raw(raw) == [
        Problem(
            f"{CONNECTOR.replace('Configs[0]', 'Configs[1]')}.connectorName",
            f"'{name}' is already used at {CONNECTOR}.connectorName",
            "give each a unique name",
        )
    ]


def test_a_note_says_where_each_relative_path_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    raw = document()
    connectors = raw["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors[:] = [
        {"connectorName": str(number), "connection": each}
        for number, each in enumerate(
            [
                connection(address="first/area"),
                connection(address="/absolute"),
                connection(address="s3://bucket/area"),
                connection("com.example.Nothing"),
                {"connectorType": {"connectorProviderClassName": "data-files-monitor"}},
                connection("database-monitor", address="orders"),
                connection("data-folder-monitor", address="last"),
            ]
        )
    ]
    assert list(notes(convert(raw, "it"))) == [
        Problem(
            f"{SERVICE}.integrationConnectorConfigs[{number}].connection.endpoint.address",
            f"{address} is {tmp_path}/{address}, from the working directory",
            severity=ProblemSeverity.NOTE,
        )
        for number, address in ((0, "first/area"), (6, "last"))
    ]


@pytest.mark.parametrize(("endpoints", "count"), [(None, 1), (("/landing",), 0)])
def test_it_is_noted_that_metadata_may_decide_on_endpoints(endpoints: tuple[str, ...] | None, count: int) -> None:
    group = {"integrationGroupQualifiedName": "Group:Landing"}
    config = convert({"localServerName": "daemon", "dynamicIntegrationGroupsConfig": [group]}, "it")
    assert check_document(config) == []
    assert [each.path for each in notes(config, Allowance(endpoints=endpoints))] == [
        "$.dynamicIntegrationGroupsConfig[0]"
    ] * count
