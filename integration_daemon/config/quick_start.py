"""The documents of the quick start and of `init`."""

from pathlib import Path

from integration_daemon.config.document import (
    Connection,
    Endpoint,
    IntegrationConnectorConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
    RestartPolicy,
)
from services.framework.connection import ConnectorType

SERVER = "quickstart"
LANDING_AREA = Path("landing-area")

_MONITOR = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider"


def quick_start_document() -> OMAGServerConfig:
    """A daemon that catalogues `./landing-area` every minute, into the embedded store."""
    monitor = IntegrationConnectorConfig(
        class_="IntegrationConnectorConfig",
        connector_name="LandingAreaFilesMonitor",
        metadata_source_qualified_name="LandingArea",
        refresh_time_interval=1,
        connection=Connection(
            class_="Connection",
            connector_type=ConnectorType(class_="ConnectorType", connector_provider_class_name=_MONITOR),
            endpoint=Endpoint(class_="Endpoint", address=str(LANDING_AREA)),
            configuration_properties={"waitForDirectory": True},
        ),
    )
    files = IntegrationServiceConfig(
        class_="IntegrationServiceConfig",
        integration_service_url_marker="files-integrator",
        integration_connector_configs=[monitor],
    )
    return OMAGServerConfig(
        class_="OMAGServerConfig",
        local_server_name=SERVER,
        local_server_type="Integration Daemon",
        local_server_user_id="quickstartnpa",
        max_page_size=100,
        restart_policy=RestartPolicy.AUTOMATIC,
        integration_services_config=[files],
    )


STARTER = f"""\
# An integration daemon: the servers and connectors of one configuration document.
# Check it with 'integration-daemon check {{document}}', run it with 'integration-daemon run {{document}}'.
class: OMAGServerConfig
localServerName: {SERVER}
localServerType: Integration Daemon
localServerUserId: {SERVER}npa          # the user of metadata changes
maxPageSize: 100
restartPolicy: automatic                # a failed connector is restarted after a back-off; manual: by you

# The destinations of audit log records, and their severities. Default: the console, with all but Trace and PerfMon.
repositoryServicesConfig:
  class: RepositoryServicesConfig
  auditLogConnections:
    - class: Connection
      displayName: console
      connectorType: {{class: ConnectorType, connectorProviderClassName: console}}
      configurationProperties: {{supportedSeverities: [Startup, Shutdown, Action, Error, Exception, Security]}}
    - class: Connection
      displayName: json lines           # rotated files of JSON records under the data directory
      connectorType: {{class: ConnectorType, connectorProviderClassName: json-lines}}

integrationServicesConfig:
  - class: IntegrationServiceConfig
    integrationServiceURLMarker: files-integrator   # 'integration-daemon services' lists them
    # omagserverPlatformRootURL: https://localhost:9444   # the metadata server; without these two lines
    # omagserverName: cocoMDS1                            # metadata is kept in the data directory
    integrationConnectorConfigs:
      - class: IntegrationConnectorConfig
        connectorName: LandingAreaFilesMonitor      # unique in this document
        metadataSourceQualifiedName: LandingArea    # the owner of the catalogued elements
        refreshTimeInterval: 1                      # minutes; 0: at start and on request
        permittedSynchronization: FROM_THIRD_PARTY
        connection:
          class: Connection
          connectorType:                            # 'integration-daemon connectors' lists them
            class: ConnectorType
            connectorProviderClassName: {_MONITOR}
          endpoint: {{class: Endpoint, address: {LANDING_AREA}}}
          configurationProperties:
            waitForDirectory: true                  # a missing directory is waited for, not an error
            allowCatalogDelete: false               # removed files are archived, not deleted
"""
"""The document that `init` writes; `{document}` is its path."""
