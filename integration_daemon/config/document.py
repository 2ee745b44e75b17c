"""The configuration document of a server, as msgspec Structs.

Field names, nesting and defaults are those of the ecosystem's `OMAGServerConfig`. A field that this program does not
use has no docstring: it is accepted and kept unchanged, so that a document can be written back without loss. The
docstrings of our own fields begin with "Ours". The documentation is generated from these docstrings.
"""

from enum import Enum
from typing import Annotated, Any

import msgspec

from integration_daemon.config.alerts import AlertsConfig
from services.framework.connection import Connection, Endpoint, WholeNumber
from services.framework.discretion import DiscreetStruct
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.server_protocol import MetadataServerProtocol, QualifiedNames
from services.secret import Secret

Minutes = Annotated[float, msgspec.Meta(ge=0, le=100_000_000)]
"""At most 190 years, so that times computed with it can be shown."""
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
Deadline = Annotated[float, msgspec.Meta(gt=0, le=1_000_000_000)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Days = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
NotNegative = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


PlaceValue = str | int | float | bool
"""A value of a place; a number remains a number in a setting that consists of this value alone."""


class RestartPolicy(Enum):
    """The reaction to the failure of a connector."""

    MANUAL = "manual"
    """The connector stays failed until an operator restarts it."""
    AUTOMATIC = "automatic"
    """The connector is restarted after a back-off."""


class Isolation(Enum):
    """The process in which a connector runs."""

    NONE = "none"
    """In the daemon's process: on its event loop, or on worker threads."""
    PROCESS = "process"
    """In a process of its own, which can be killed."""


class DeletionSafetyConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The limits on the elements that one scan may remove from the catalogue without an operator's approval.

    The removal is made if no more than `few` elements are gone, or if no more than `percent` of the elements of the
    scanned scope and no more than `most` elements are gone. Otherwise the whole removal waits for an operator.
    """

    few: NotNegative = 20
    """Ours: this number of elements is always removed without approval."""
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 25
    """Ours: the largest share, in per cent, of the elements the catalogue holds in the scanned scope."""
    most: NotNegative = 10_000
    """Ours: the largest number of elements, independently of their share."""


class ProcessLimitsConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """Limits of a connector's process, where `isolation` is `process`. The operating system enforces them."""

    memory_megabytes: AtLeastOne | None = None
    """Ours: the address space of the process; none: no limit. Python and its libraries need a few hundred megabytes."""
    open_files: AtLeastOne | None = None
    """Ours: files and sockets that the process may have open; none: the limit of the daemon."""
    processes: AtLeastOne | None = None
    """Ours: processes and threads that the daemon's user may have when this process starts another; none: the limit of
    the daemon. The limit does not apply to root."""


class CatalogTargetConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One of several targets of a connector. Each target is refreshed, fails and is operated on separately."""

    class_: str | None = msgspec.field(name="class", default=None)
    catalog_target_name: str
    """The name of the target, unique in its connector; in statuses and requests, it is `CONNECTOR::TARGET`."""
    connection: Connection | None = None
    """Ours: the differences from the connection of the connector: the endpoint, the credentials, some settings."""
    metadata_source_qualified_name: str | None = None
    """The metadata source that owns the elements catalogued for this target; none: that of the connector."""
    configuration_properties: dict[str, Any] | None = None
    """Settings that differ from those of the connector."""
    permitted_synchronization: PermittedSynchronization | None = None
    """The direction in which metadata may be exchanged with this target; none: that of the connector."""


class IntegrationConnectorConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One integration connector."""

    class_: str | None = msgspec.field(name="class", default=None)
    connector_id: str | None = None
    """The connector's unique identifier in audit log messages; none: derived from the names of server and connector."""
    connector_name: str
    """The name of the connector in statuses, messages and requests; unique in the daemon."""
    connector_user_id: str | None = None
    """The user that the connector's metadata requests are made as; none: the daemon's own user."""
    connection: Connection
    """The connector's class, the address of its third-party technology, its credentials and its settings."""
    metadata_source_qualified_name: str | None = None
    """The metadata source that owns the elements the connector catalogues; none: the metadata server itself."""
    refresh_time_interval: Minutes = 0
    """Minutes between refreshes, fractions allowed; 0: only at start and on request."""
    uses_blocking_calls: bool = False
    """True: the connector's `engage` method runs concurrently with its refreshes, in a separate task."""
    permitted_synchronization: PermittedSynchronization | None = None
    """The direction in which the connector may exchange metadata; none: the service's default."""
    labels: tuple[Label, ...] = ()
    """Ours: words by which operators select connectors, such as the team that owns its data."""
    generate_integration_reports: bool = False
    """True: a refresh that changed something leaves an element of type `IntegrationReport` at the metadata server, with
    its figures; the last 10 of a connector are kept."""

    places: list[dict[str, PlaceValue]] | None = None
    """Ours: makes this a template of connectors, one for each place. In its texts, a name in braces, such as
    `{hospital}`, stands for the value that the place has by this name."""
    catalog_targets: list[CatalogTargetConfig] | None = None
    """Ours: targets of the connector in addition to its own endpoint; without an endpoint, these targets alone."""
    restart_policy: RestartPolicy | None = None
    """Ours: the reaction to a failure of the connector; none: the policy of the service."""
    refresh_jitter_seconds: Seconds = 0
    """Ours: the longest random delay of a refresh in seconds, so that many refreshes do not start together."""
    isolation: Isolation = Isolation.NONE
    """Ours: the process in which the connector runs."""
    process_limits: ProcessLimitsConfig | None = None
    """Ours: the limits of the connector's process; none: those of the daemon."""
    confirm_deletions: bool = False
    """Ours: true: an element is removed only after two complete scans in a row did not find it."""
    deletion_safety: DeletionSafetyConfig | None = None
    """Ours: the limits on removals by one scan without an operator's approval; none: the defaults below."""
    archive_retention_days: Days | None = None
    """Ours: days after which an archived element is deleted for good; none: it is kept."""
    start_deadline_seconds: Deadline = 60
    """Ours: the time limit of `initialize` and of `start`, each."""
    refresh_deadline_seconds: Deadline = 3600
    """Ours: the time limit of one refresh."""
    disconnect_deadline_seconds: Deadline = 10
    """Ours: the time limit of `disconnect`, and of the end of a method that was cancelled."""


class IntegrationServiceConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One integration service with its connectors. Fields left out are taken from the registered service."""

    class_: str | None = msgspec.field(name="class", default=None)
    integration_service_id: WholeNumber | None = None
    """The service's number in statuses; none: that of the registered service."""
    integration_service_development_status: Any = None
    integration_service_context_manager_class: str | None = None
    integration_service_name: str | None = None
    integration_service_full_name: str | None = None
    """The service's name in statuses; none: that of the registered service."""
    integration_service_url_marker: str = msgspec.field(name="integrationServiceURLMarker")
    """The URL marker of the registered service."""
    integration_service_description: str | None = None
    """The service's description in statuses; none: that of the registered service."""
    integration_service_wiki: str | None = None
    """The service's documentation in statuses; none: that of the registered service."""
    integration_service_partner_omas: str | None = msgspec.field(name="integrationServicePartnerOMAS", default=None)
    """The access service whose routes are used at a metadata server of Egeria 4; none: that of the registered
    service."""
    integration_service_operational_status: str | None = None
    integration_service_options: dict[str, Any] | None = None
    """Options that the contexts of the service's connectors carry."""
    default_permitted_synchronization: PermittedSynchronization | None = None
    """The permitted synchronization of connectors that do not have their own; none: that of the registered service."""
    omagserver_platform_root_url: str | None = msgspec.field(name="omagserverPlatformRootURL", default=None)
    """The platform of the metadata server; none, with `omagserverName`: metadata is kept in this server's own store."""
    omagserver_name: str | None = None
    """The metadata server that the service's connectors use."""
    metadata_server_token: Secret | None = None
    """Ours: an API token for the metadata server's platform, with the role `metadata-writer`; none: no token is sent,
    except to a metadata server of the same platform."""
    metadata_server_user: Secret | None = None
    """Ours: the user for whom tokens are requested from the platform of a metadata server of Egeria 5 or 6; none, with
    a password: the user of this server."""
    metadata_server_password: Secret | None = None
    """Ours: the password of that user; none: no token is requested."""
    metadata_server_protocol: MetadataServerProtocol | None = None
    """Ours: the protocol of the metadata server, `BATCHES` (a server of this program), `EGERIA_4`, `EGERIA_5` or
    `EGERIA_6`; none: it is detected by a request to the server."""
    metadata_server_names: QualifiedNames = QualifiedNames.SERVER
    """Ours: the naming of new files and folders at a metadata server of Egeria; existing ones keep their names."""
    integration_connector_configs: list[IntegrationConnectorConfig] | None = None
    """The connectors of the service."""

    restart_policy: RestartPolicy | None = None
    """Ours: the reaction to a failure of a connector that has no policy of its own; none: the policy of the daemon."""
    refreshes_at_once: AtLeastOne | None = None
    """Ours: the largest number of the service's connectors at work at the same time; none: the daemon's own bound, in
    which long work does not count."""


class IntegrationGroupConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """An integration group: its connectors and their catalog targets are read from a metadata server.

    A user who may write metadata there configures these connectors, within the limits of the platform file.
    """

    class_: str | None = msgspec.field(name="class", default=None)
    integration_group_qualified_name: str
    """The unique name of the group's element."""
    omagserver_platform_root_url: str | None = msgspec.field(name="omagserverPlatformRootURL", default=None)
    """The platform of the metadata server; none, with `omagserverName`: this server's own store."""
    omagserver_name: str | None = None
    """The metadata server that the group is read from, and that its connectors use."""
    metadata_server_token: Secret | None = None
    """Ours: as for an integration service."""
    metadata_server_user: Secret | None = None
    """Ours: as for an integration service."""
    metadata_server_password: Secret | None = None
    """Ours: as for an integration service."""
    metadata_server_protocol: MetadataServerProtocol | None = None
    """Ours: as for an integration service."""
    metadata_server_names: QualifiedNames = QualifiedNames.SERVER
    """Ours: as for an integration service."""
    secret_references: list[str] | None = None
    """Ours: shell patterns of the secret references that connections of the group may have, such as `env:SALES_*`;
    none: a connector whose connection has a reference is refused."""
    refresh_time_interval: Annotated[float, msgspec.Meta(gt=0, le=100_000_000)] = 10
    """Ours: minutes between readings of the group, where the metadata server does not report changes."""


class LocalRepositoryConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The local repository of an Egeria metadata server. This program has a store of its own instead."""

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
    """The destinations of the audit log."""

    class_: str | None = msgspec.field(name="class", default=None)
    audit_log_connections: list[Connection] | None = None
    """The destinations of the audit log; none: the console."""
    open_metadata_archive_connections: Any = None
    local_repository_config: LocalRepositoryConfig | None = None
    enterprise_access_config: Any = None
    cohort_config_list: Any = None


class OMAGServerConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The configuration of a server: the whole document."""

    class_: str | None = msgspec.field(name="class", default=None)
    version_id: str | None = None
    local_server_id: str | None = None
    local_server_name: str
    """The name of the server in URLs, messages and file names."""
    local_server_type: str | None = None
    """`Integration Daemon` or `Metadata Access Store`; none: an integration daemon if the document has integration
    services or groups, else a metadata access store."""
    local_server_description: str | None = None
    organization_name: str | None = None
    """The organisation that audit log records name as their origin."""
    local_server_url: str | None = msgspec.field(name="localServerURL", default=None)
    local_server_user_id: str = "OMAGServer"
    """The user that metadata requests are made as."""
    local_server_password: Any = None
    """Not used. `check` warns if the document contains a password."""
    secrets_store_provider: Any = None
    secrets_store_location: Any = None
    secrets_store_collection: Any = None
    max_page_size: NotNegative = 1000
    """The largest number of elements in one page of a connector's query; 0: no limit."""
    server_security_connection: Connection | None = None
    """The security connector that decides on requests to the server, by the name of an installed one or of the Java
    class it stands for; none: roles and scopes alone decide."""
    event_bus_config: Any = None
    integration_services_config: list[IntegrationServiceConfig] | None = None
    """The integration services of an integration daemon."""
    dynamic_integration_groups_config: list[IntegrationGroupConfig] | None = None
    """Integration groups of an integration daemon, whose connectors are read from metadata servers."""
    repository_services_config: RepositoryServicesConfig | None = None
    """The destinations of the audit log."""
    access_services_config: Any = None
    view_services_config: Any = None
    engine_host_services_config: Any = None
    governance_engines_config: Any = None
    conformance_suite_config: Any = None
    data_engine_proxy_config: Any = None
    audit_trail: list[str] | None = None
    """Notes of Egeria's tools on changes; they are kept, and shown with the document."""

    metadata_store: str | None = None
    """Ours: the PostgreSQL database that keeps the metadata, `postgresql://user@host/database`; none: a SQLite file in
    the data directory."""
    metadata_store_password: Secret | None = None
    """Ours: the password of the user of `metadataStore`; none: libpq looks for it, in `PGPASSWORD` and `~/.pgpass`."""
    restart_policy: RestartPolicy = RestartPolicy.MANUAL
    """Ours: the reaction to a failure of a connector if neither the connector nor its service has a policy."""
    refreshes_at_once: AtLeastOne | None = None
    """Ours: the largest number of the daemon's connectors at work at the same time; none: only the limits of the
    services."""
    stop_deadline_seconds: Deadline = 30
    """Ours: the time limit for all connectors together to stop."""
    alerts: AlertsConfig | None = None
    """Ours: the alerts about connectors that do not work; none: no alerts."""

    @property
    def has_connectors(self) -> bool:
        """True if the document configures integration services or integration groups."""
        return bool(self.integration_services_config or self.dynamic_integration_groups_config)


__all__ = [
    "AlertsConfig",
    "CatalogTargetConfig",
    "Connection",
    "Endpoint",
    "IntegrationConnectorConfig",
    "IntegrationGroupConfig",
    "IntegrationServiceConfig",
    "LocalRepositoryConfig",
    "OMAGServerConfig",
    "ProcessLimitsConfig",
    "RepositoryServicesConfig",
    "RestartPolicy",
]
