"""A daemon that names a group runs the connectors and catalog targets described at its metadata server."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.end_to_end.program import Running, running
from tests.end_to_end.test_metadata_in_egeria import until
from tests.integration_daemon.groups.elements import FILES, GROUP

STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/erinoverview"
DAEMON = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke"
NO_LOG = {
    "auditLogConnections": [
        {
            "connectorType": {"connectorProviderClassName": "console"},
            "configurationProperties": {"supportedSeverities": ["Error", "Exception"]},
        }
    ]
}


class MetadataServer:
    """The metadata server, as an operator writes to it."""

    def __init__(self, program: Running) -> None:
        self._program = program

    def create(self, type_name: str, name: str, **properties: Any) -> str:
        """Create an element; returns its GUID."""
        body = {"typeName": type_name, "properties": values(qualifiedName=name, **properties)}
        return self._guid(self._program.post(f"{STORE}/metadata-elements", body))

    def relate(self, type_name: str, end1: str, end2: str, **properties: Any) -> None:
        """Create a relationship between elements, given their GUIDs."""
        ends = {"metadataElement1GUID": end1, "metadataElement2GUID": end2}
        body = {"typeName": type_name, "properties": values(**properties), **ends}
        self._guid(self._program.post(f"{STORE}/related-elements", body))

    def connector(self, group: str, name: str, address: str | None = None) -> str:
        """Register a connector in a group; returns its GUID."""
        connector = self.create("IntegrationConnector", f"Connector:{name}")
        connection = self.create("Connection", f"Connection:{name}")
        kind = self.create("ConnectorType", f"ConnectorType:{name}", connectorProviderClassName=FILES)
        self.relate("ConnectionConnectorType", connection, kind)
        if address is not None:
            endpoint = self.create("Endpoint", f"Endpoint:{name}", networkAddress=address)
            self.relate("ConnectionEndpoint", endpoint, connection)
        self.relate("ConnectionToAsset", connection, connector)
        self.relate(
            "RegisteredIntegrationConnector", group, connector, connectorName=name, metadataSourceQualifiedName=name
        )
        return connector

    def _guid(self, answer: Any) -> str:
        assert answer["relatedHTTPCode"] == 200, answer
        return str(answer["guid"])


def values(**properties: Any) -> dict[str, Any]:
    """Texts in the form of the metadata server's routes."""
    return {
        "class": "ElementProperties",
        "propertyValueMap": {
            name: {
                "class": "PrimitiveTypePropertyValue",
                "typeName": "string",
                "primitiveTypeCategory": "OM_PRIMITIVE_TYPE_STRING",
                "primitiveValue": value,
            }
            for name, value in properties.items()
        },
    }


def statuses(program: Running) -> dict[str, str]:
    """The status of each connector of the group, by name."""
    answer = program.get(f"{DAEMON}/integration-groups/{quote(GROUP)}/summary")
    reports = answer["integrationGroupSummary"]["integrationConnectorReports"]
    return {each["connectorName"]: each["connectorStatus"] for each in reports}


def catalogued(program: Running) -> set[str]:
    """The names of the catalogued files."""
    found = program.get("/api/v1/servers/cocoMDS1/elements?type=CSVFile")["elements"]
    return {each["properties"]["fileName"] for each in found}


def test_a_group_is_described_over_rest_and_followed_while_the_daemon_runs(tmp_path: Path) -> None:
    for name in ("landing", "oak", "elm"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.csv").write_text("a,b\n1,2\n")
    (tmp_path / "mds.json").write_text(json.dumps({"localServerName": "cocoMDS1", "repositoryServicesConfig": NO_LOG}))
    with running(tmp_path, "mds.json") as program:
        daemon = {
            "localServerName": "exchangeDL01",
            "repositoryServicesConfig": NO_LOG,
            "dynamicIntegrationGroupsConfig": [
                {
                    "integrationGroupQualifiedName": GROUP,
                    "omagserverPlatformRootURL": program.url,
                    "omagserverName": "cocoMDS1",
                }
            ],
        }
        started = program.post(
            "/open-metadata/admin-services/users/garygeeke/servers/exchangeDL01/instance/configuration", daemon
        )
        assert started["relatedHTTPCode"] == 200, started
        refused = program.get(f"{DAEMON}/integration-groups/{quote(GROUP)}/refresh-config")
        assert refused["exceptionErrorMessageId"] == "INTEGRATION-DAEMON-SERVICES-400-032"

        metadata = MetadataServer(program)
        group = metadata.create("IntegrationGroup", GROUP)
        metadata.connector(group, "landing", str(tmp_path / "landing"))
        targets = metadata.connector(group, "targets")
        assert program.get(f"{DAEMON}/integration-groups/{quote(GROUP)}/refresh-config")["relatedHTTPCode"] == 200
        assert statuses(program) == {"landing": "RUNNING", "targets": "INITIALIZED"}

        oak = metadata.create("FileFolder", "Folder:oak", pathName=str(tmp_path / "oak"))
        nowhere = metadata.create("FileFolder", "Folder:nowhere", pathName=str(tmp_path / "nowhere"))
        metadata.relate("CatalogTarget", targets, oak, catalogTargetName="oak", metadataSourceQualifiedName="oak")
        metadata.relate("CatalogTarget", targets, nowhere, catalogTargetName="nowhere")
        until(lambda: catalogued(program) == {"landing.csv", "oak.csv"}, lambda: statuses(program))
        expected = {"landing": "RUNNING", "targets::nowhere": "FAILED", "targets::oak": "RUNNING"}
        until(lambda: statuses(program) == expected, lambda: statuses(program))

        body = {"typeName": "CatalogTarget", "metadataElement1GUID": targets, "metadataElement2GUID": nowhere}
        metadata_answer = program.post(f"{STORE}/related-elements/delete", body)
        assert metadata_answer["relatedHTTPCode"] == 200, metadata_answer
        until(lambda: statuses(program) == {"landing": "RUNNING", "targets::oak": "RUNNING"}, lambda: statuses(program))
        status = program.get(f"{DAEMON}/status")["integrationDaemonStatus"]
        (summary,) = status["integrationGroupSummaries"]
        assert (summary["integrationGroupName"], summary["integrationGroupStatus"]) == (GROUP, "RUNNING")
        assert {each["connectorName"] for each in status["integrationConnectorReports"]} == {"landing", "targets::oak"}
