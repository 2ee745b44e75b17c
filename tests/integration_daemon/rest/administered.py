"""Documents that are changed by the requests of administration, for tests."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.platforms import Served

SERVERS = "/open-metadata/admin-services/users/garygeeke/servers"
SERVER = SERVERS + "/exchangeDL01"
OF_6X = "/open-metadata/admin-services/servers/exchangeDL01"
VERSIONS = "/api/v1/servers/exchangeDL01/documents"
STATUS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/status"
SERVICE = "/integration-services/files-integrator"


async def delete(platform: Served, path: str) -> Any:
    return (await platform.http.delete(platform.url + path)).json()


async def stored(platform: Served) -> dict[str, Any]:
    found: dict[str, Any] = (await platform.get(SERVER + "/configuration"))["omagserverConfig"]
    return found


async def done(platform: Served, path: str, body: Any = None, **request: Any) -> None:
    answer = await platform.post(SERVER + path, body, **request)
    assert answer == {"class": "VoidResponse", "relatedHTTPCode": 200}, answer


async def versions(platform: Served) -> list[tuple[int, str]]:
    return [(each["number"], each.get("detail", "")) for each in (await platform.get(VERSIONS))["versions"]]


def connector(directory: Path, **fields: Any) -> dict[str, Any]:
    """A data files monitor, as a request has it."""
    return {
        "class": "IntegrationConnectorConfig",
        "connectorName": "landing",
        "metadataSourceQualifiedName": "landing",
        "refreshTimeInterval": "60",
        "usesBlockingCalls": "false",
        "connection": {
            "class": "Connection",
            "connectorType": {
                "class": "ConnectorType",
                "connectorProviderClassName": "org.odpi.openmetadata.adapters.connectors.integration.basicfiles."
                "DataFilesMonitorIntegrationProvider",
            },
            "endpoint": {"class": "Endpoint", "address": str(directory)},
        },
        **fields,
    }


def written_by_hand(landing: Path) -> dict[str, Any]:
    return {
        "localServerName": "exchangeDL01",
        "localServerType": "Integration Daemon",
        "localServerDescription": "Reads the landing area.",
        "localServerURL": "https://localhost:9443",
        "localServerUserId": "exchangeDL01npa",
        "organizationName": "Coco Pharmaceuticals",
        "maxPageSize": 50,
        "stopDeadlineSeconds": 5,
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "files-integrator",
                "class": "IntegrationServiceRequestBody",
                "integrationServiceOptions": {},
                "integrationConnectorConfigs": [connector(landing)],
            }
        ],
        "repositoryServicesConfig": {
            "auditLogConnections": [
                {
                    "connectorType": {"connectorProviderClassName": "console"},
                    "configurationProperties": {"supportedSeverities": ["Trace"]},
                },
                {
                    "connectorType": {"connectorProviderClassName": "json-lines"},
                    "endpoint": {"address": "errors"},
                    "configurationProperties": {"supportedSeverities": ["Error", "Exception"]},
                },
            ]
        },
    }
