"""The objects that the connectors of one service, or of one daemon, share."""

from collections.abc import Callable
from typing import Any

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.config.document import IntegrationServiceConfig, RestartPolicy
from integration_daemon.supervision.connector.changes import StatusChanges
from integration_daemon.supervision.connector.columns import StatusColumns
from integration_daemon.supervision.meters import ServiceMeters
from integration_daemon.supervision.recovery.dependencies import DependencyWatch, EndpointWatches
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from integration_daemon.supervision.sources import MetadataSources
from integration_daemon.supervision.tracing import RefreshTracing
from services.allowance import EVERYTHING, Allowance
from services.framework.service import IntegrationService
from services.metadata.store import MetadataStore


class DaemonEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """The objects that the services of one daemon share."""

    name: str
    user_id: str
    """The user of metadata requests. A connector's `connectorUserId` takes precedence."""
    max_page_size: int
    audit_log: AuditLog
    endpoints: EndpointWatches
    allowance: Allowance = EVERYTHING
    """The connector classes and endpoints that the platform allows."""
    changes: StatusChanges = msgspec.field(default_factory=StatusChanges)
    """The last changes of connectors' states and conditions."""
    columns: StatusColumns = msgspec.field(default_factory=StatusColumns)
    """Columns by which lists of connectors are selected and sorted."""
    slots: trio.CapacityLimiter | None = None
    """Limits the work in progress of the whole daemon; `None` if its document sets no limit."""
    tracing: RefreshTracing | None = None
    """Traces the refreshes; `None` if tracing is off."""


class ServiceEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """The objects that the connectors of one integration service share."""

    daemon: DaemonEnvironment
    service: IntegrationService
    config: IntegrationServiceConfig
    store: MetadataStore
    metadata_server: str
    platform_url: str
    sources: MetadataSources
    watch: DependencyWatch
    threads: trio.CapacityLimiter
    """For connectors written as plain functions; each service has its own, so that its hung calls starve no other."""
    group: str = ""
    """The qualified name of the connectors' integration group; empty for connectors of the document."""
    restart_policy: RestartPolicy = RestartPolicy.MANUAL
    """Of connectors whose configuration sets none."""
    resources: Any = None
    """An object that the connectors of the service share, or `None`."""
    meters: ServiceMeters = msgspec.field(default_factory=ServiceMeters)
    recovery: Callable[[], AutomaticRestart] = AutomaticRestart
    """Creates the restart policy of one connector that is restarted automatically."""

    @property
    def key(self) -> tuple[str, str]:
        """The group and the URL marker, which identify the service."""
        return self.group, self.config.integration_service_url_marker
