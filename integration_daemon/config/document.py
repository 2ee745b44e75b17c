"""The configuration document of a server, as msgspec Structs.

Field names, nesting and defaults are those of the ecosystem's `OMAGServerConfig`. What this program does not use is
kept as it came, so that a document can be written back without loss. Our own fields say so.
"""

from enum import Enum
from typing import Annotated, Any

import msgspec

from services.framework.connection import Connection, Endpoint, WholeNumber
from services.framework.discretion import DiscreetStruct
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.secret import Secret

Minutes = Annotated[float, msgspec.Meta(ge=0, le=100_000_000)]
"""Not more than 190 years: a time that comes of it can be shown."""
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
Deadline = Annotated[float, msgspec.Meta(gt=0, le=1_000_000_000)]
Days = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
NotNegative = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class RestartPolicy(Enum):
    """What follows the failure of a connector."""

    MANUAL = "manual"
    """It waits for an operator."""
    AUTOMATIC = "automatic"
    """It is restarted after a back-off."""


class Isolation(Enum):
    """Where a connector runs."""

    NONE = "none"
    """In the daemon's process: on its event loop, or on worker threads."""
    PROCESS = "process"
    """In a process of its own, which can be killed."""


class DeletionSafetyConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """How much one scan may remove from the catalogue before an operator is asked; ours."""

    few: NotNegative = 20
    """So many are always removed."""
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 25
    """Beyond that, no more than this share of what the catalogue holds in the scope that was scanned,"""
    most: NotNegative = 10_000
    """and no more than so many."""


class IntegrationConnectorConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One connector."""

    class_: str | None = msgspec.field(name="class", default=None)
    connector_id: str | None = None
    connector_name: str
    """Unique in its daemon: statuses, messages and requests know the connector by it."""
    connector_user_id: str | None = None
    """Who its metadata requests are made as; none: the daemon's own user."""
    connection: Connection
    metadata_source_qualified_name: str | None = None
    refresh_time_interval: Minutes = 0
    """Minutes between refreshes, fractions allowed; 0: at start and on request only."""
    uses_blocking_calls: bool = False
    permitted_synchronization: PermittedSynchronization | None = None
    generate_integration_reports: bool = False

    restart_policy: RestartPolicy | None = None
    """Ours; none: the service's."""
    refresh_jitter_seconds: Seconds = 0
    """Ours: each refresh starts up to so much later than its rhythm says, so that many do not start together."""
    isolation: Isolation = Isolation.NONE
    """Ours."""
    confirm_deletions: bool = False
    """Ours: remove only what two complete scans in a row did not find."""
    deletion_safety: DeletionSafetyConfig | None = None
    """Ours; none: its defaults."""
    archive_retention_days: Days | None = None
    """Ours: archived elements are deleted for good after so long; none: they are kept."""
    start_deadline_seconds: Deadline = 60
    """Ours: how long `initialize` and `start` may take, each."""
    refresh_deadline_seconds: Deadline = 3600
    """Ours: how long one refresh may take."""
    disconnect_deadline_seconds: Deadline = 10
    """Ours: how long `disconnect`, or letting go when cancelled, may take."""


class IntegrationServiceConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One integration service with its connectors. What is left out comes from the registry, by its marker."""

    class_: str | None = msgspec.field(name="class", default=None)
    integration_service_id: WholeNumber | None = None
    integration_service_development_status: Any = None
    integration_service_context_manager_class: str | None = None
    integration_service_name: str | None = None
    integration_service_full_name: str | None = None
    integration_service_url_marker: str = msgspec.field(name="integrationServiceURLMarker")
    integration_service_description: str | None = None
    integration_service_wiki: str | None = None
    integration_service_partner_omas: str | None = msgspec.field(name="integrationServicePartnerOMAS", default=None)
    integration_service_operational_status: str | None = None
    integration_service_options: dict[str, Any] | None = None
    default_permitted_synchronization: PermittedSynchronization | None = None
    omagserver_platform_root_url: str | None = msgspec.field(name="omagserverPlatformRootURL", default=None)
    omagserver_name: str | None = None
    integration_connector_configs: list[IntegrationConnectorConfig] | None = None

    restart_policy: RestartPolicy | None = None
    """Ours; none: the daemon's."""
    refreshes_at_once: AtLeastOne | None = None
    """Ours: most connectors of the service that may be at work at the same time, long work included; none: quick
    work is bounded by itself, and long work gives its place to it."""


class LocalRepositoryConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The metadata store of a server; its presence makes the server a metadata server."""

    class_: str | None = msgspec.field(name="class", default=None)
    metadata_collection_id: str | None = None
    metadata_collection_name: str | None = None
    local_repository_mode: str | None = None
    local_repository_local_connection: Any = None
    local_repository_remote_connection: Any = None
    events_to_save_rule: Any = None
    selected_types_to_save: Any = None
    events_to_send_rule: Any = None
    selected_types_to_send: Any = None
    event_mapper_connection: Any = None


class RepositoryServicesConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The audit log's destinations and the metadata store."""

    class_: str | None = msgspec.field(name="class", default=None)
    audit_log_connections: list[Connection] | None = None
    open_metadata_archive_connections: Any = None
    local_repository_config: LocalRepositoryConfig | None = None
    enterprise_access_config: Any = None
    cohort_config_list: Any = None


class OMAGServerConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """A server."""

    class_: str | None = msgspec.field(name="class", default=None)
    version_id: str | None = None
    local_server_id: str | None = None
    local_server_name: str
    local_server_type: str | None = None
    local_server_description: str | None = None
    organization_name: str | None = None
    local_server_url: str | None = msgspec.field(name="localServerURL", default=None)
    local_server_user_id: str = "OMAGServer"
    local_server_password: Any = None
    secrets_store_provider: Any = None
    secrets_store_location: Any = None
    secrets_store_collection: Any = None
    max_page_size: NotNegative = 1000
    """0: no limit."""
    server_security_connection: Connection | None = None
    event_bus_config: Any = None
    integration_services_config: list[IntegrationServiceConfig] | None = None
    dynamic_integration_groups_config: Any = None
    repository_services_config: RepositoryServicesConfig | None = None
    access_services_config: Any = None
    view_services_config: Any = None
    engine_host_services_config: Any = None
    governance_engines_config: Any = None
    conformance_suite_config: Any = None
    data_engine_proxy_config: Any = None
    audit_trail: list[str] | None = None

    metadata_store: str | None = None
    """Ours: the PostgreSQL database that keeps the open metadata, `postgresql://user@host/database`; none: a file."""
    metadata_store_password: Secret | None = None
    """Ours: of the user of `metadataStore`; none: what libpq finds by itself."""
    restart_policy: RestartPolicy = RestartPolicy.MANUAL
    """Ours: what follows the failure of a connector whose own entry and service do not say."""
    refreshes_at_once: AtLeastOne | None = None
    """Ours: most connectors of all services that may be at work at the same time, long work included."""
    stop_deadline_seconds: Deadline = 30
    """Ours: how long the server, its connectors included, may take to stop."""


__all__ = [
    "Connection",
    "Endpoint",
    "IntegrationConnectorConfig",
    "IntegrationServiceConfig",
    "LocalRepositoryConfig",
    "OMAGServerConfig",
    "RepositoryServicesConfig",
    "RestartPolicy",
]
