"""The configuration documents of the page, in our own form and in the form that Egeria writes."""

import json
from typing import Any

BASIC_FILES = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles."
MONITORS = {
    "data-files-monitor": BASIC_FILES + "DataFilesMonitorIntegrationProvider",
    "data-folder-monitor": BASIC_FILES + "DataFolderMonitorIntegrationProvider",
}

FILES_CONNECTORS = (
    (
        "OakDeneLandingAreaFilesMonitor",
        "41244d6b-2054-49a5-bd24-328a82dc8552",
        "HospitalLandingArea",
        "data-files-monitor",
        "data/landing-area/hospitals/oak-dene/clinical-trials/drop-foot",
    ),
    (
        "OldMarketLandingAreaFilesMonitor",
        "723f449e-4229-4197-ba84-500bc467d39a",
        "HospitalLandingArea",
        "data-files-monitor",
        "data/landing-area/hospitals/old-market/clinical-trials/drop-foot",
    ),
    (
        "DropFootClinicalTrialResultsFilesMonitor",
        "57192bbd-6221-4770-8833-7da48e295be3",
        "DropFootClinicalTrialResults",
        "data-folder-monitor",
        "data/data-lake/research/clinical-trials/drop-foot/weekly-measurements",
    ),
)
DATABASE_CONNECTOR = (
    "OakDeneLandingAreaDatabaseMonitor",
    "b9e1d2c3-5f1d-4d43-8a5e-4f6a0b8f1c2d",
    "HospitalLandingArea",
    "data-files-monitor",
    "data/landing-area/hospitals/oak-dene/clinical-trials/drop-foot",
)
CONSOLE = "org.odpi.openmetadata.adapters.repositoryservices.auditlogstore.console.ConsoleAuditLogStoreProvider"
SECURITY = "org.odpi.openmetadata.metadatasecurity.samples.CocoPharmaServerSecurityProvider"

METADATA_SERVER = {
    "class": "OMAGServerConfig",
    "localServerName": "cocoMDS1",
    "localServerType": "Metadata Access Store",
    "repositoryServicesConfig": {"localRepositoryConfig": {"class": "LocalRepositoryConfig"}},
}


def our_document(metadata_platform: str) -> str:
    """The document in its shortest form, with our own names for connectors."""

    def connector(name: str, guid: str, source: str, monitor: str, address: str) -> dict[str, Any]:
        return {
            "connectorName": name,
            "connectorId": guid,
            "refreshTimeInterval": 10,
            "metadataSourceQualifiedName": source,
            "connection": {
                "connectorType": {"connectorProviderClassName": monitor},
                "endpoint": {"address": address},
            },
        }

    def service(marker: str, *connectors: dict[str, Any]) -> dict[str, Any]:
        return {
            "integrationServiceURLMarker": marker,
            "omagserverPlatformRootURL": metadata_platform,
            "omagserverName": "cocoMDS1",
            "integrationConnectorConfigs": list(connectors),
        }

    return json.dumps(
        {
            "localServerName": "exchangeDL01",
            "localServerType": "Integration Daemon",
            "localServerUserId": "exchangeDL01npa",
            "maxPageSize": 100,
            "serverSecurityConnection": {"connectorType": {"connectorProviderClassName": SECURITY}},
            "integrationServicesConfig": [
                service("files-integrator", *(connector(*each) for each in FILES_CONNECTORS)),
                service("database-integrator", connector(*DATABASE_CONNECTOR)),
            ],
        }
    )


def egeria_document(metadata_platform: str) -> str:
    """The document with all fields, nulls, Java class names and numbers in strings, as in Egeria."""
    files = [_connector(*each) for each in FILES_CONNECTORS]
    console = {**_connection(CONSOLE, None), "configurationProperties": {"supportedSeverities": None}}
    return json.dumps(
        {
            "class": "OMAGServerConfig",
            "versionId": "V2.0",
            "localServerId": "13e9e5a5-8c4c-4e0e-9b7a-3f6c2b8b1f2a",
            "localServerName": "exchangeDL01",
            "localServerType": "Integration Daemon",
            "organizationName": "Coco Pharmaceuticals",
            "localServerURL": "https://localhost:9443",
            "localServerUserId": "exchangeDL01npa",
            "localServerPassword": None,
            "maxPageSize": "100",
            "serverSecurityConnection": _connection(SECURITY, None),
            "eventBusConfig": None,
            "accessServicesConfig": None,
            "integrationServicesConfig": [
                _service(4005, "Files", metadata_platform, files),
                _service(4004, "Database", metadata_platform, [_connector(*DATABASE_CONNECTOR)]),
            ],
            "repositoryServicesConfig": {
                "class": "RepositoryServicesConfig",
                "auditLogConnections": [console],
                "localRepositoryConfig": None,
                "cohortConfigList": None,
            },
            "auditTrail": ["Tue Feb 02 20:50:00 GMT 2021 garygeeke updated configuration for files-integrator."],
        }
    )


def _service(number: int, name: str, metadata_platform: str, connectors: list[dict[str, Any]]) -> dict[str, Any]:
    package = f"org.odpi.openmetadata.integrationservices.{name.lower()}"
    return {
        "class": "IntegrationServiceConfig",
        "integrationServiceId": number,
        "integrationServiceName": f"{name} Integrator",
        "integrationServiceFullName": f"{name} Integrator OMIS",
        "integrationServiceURLMarker": f"{name.lower()}-integrator",
        "integrationServiceContextManagerClass": f"{package}.contextmanager.{name}IntegratorContextManager",
        "integrationServicePartnerOMAS": "Data Manager OMAS",
        "integrationServiceOperationalStatus": "ENABLED",
        "defaultPermittedSynchronization": "FROM_THIRD_PARTY",
        "omagserverPlatformRootURL": metadata_platform,
        "omagserverName": "cocoMDS1",
        "integrationServiceOptions": None,
        "integrationConnectorConfigs": connectors,
    }


def _connector(name: str, guid: str, source: str, monitor: str, address: str) -> dict[str, Any]:
    return {
        "class": "IntegrationConnectorConfig",
        "connectorId": guid,
        "connectorName": name,
        "connectorUserId": None,
        "connection": _connection(MONITORS[monitor], address),
        "metadataSourceQualifiedName": source,
        "refreshTimeInterval": "10",
        "usesBlockingCalls": "false",
        "permittedSynchronization": "FROM_THIRD_PARTY",
    }


def _connection(provider: str, address: str | None) -> dict[str, Any]:
    endpoint = {"class": "Endpoint", "headerVersion": 0, "address": address, "protocol": None}
    return {
        "class": "Connection",
        "headerVersion": 0,
        "displayName": None,
        "connectorType": {
            "class": "ConnectorType",
            "headerVersion": 0,
            "type": None,
            "connectorProviderClassName": provider,
        },
        "endpoint": endpoint if address else None,
        "clearPassword": None,
        "configurationProperties": None,
    }
