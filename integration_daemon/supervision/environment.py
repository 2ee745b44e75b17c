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
    """What the platform allows the daemon's connectors."""
    changes: StatusChanges = msgspec.field(default_factory=StatusChanges)
    """The last changes of connectors' states and conditions."""
    columns: StatusColumns = msgspec.field(default_factory=StatusColumns)
    """What lists of the connectors are selected and sorted by."""
    slots: trio.CapacityLimiter | None = None
    """Bounds the work in progress of the whole daemon, where its document does."""
    tracing: RefreshTracing | None = None
    """Follows the refreshes; none: nobody does."""


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
    """For connectors written as plain functions; the service's own, so that its hung calls starve no other."""
    group: str = ""
    """The qualified name of the integration group that has the connectors; empty: the document has them."""
    restart_policy: RestartPolicy = RestartPolicy.MANUAL
    """Of connectors that do not say."""
    resources: Any = None
    """What the connectors of the service share, if they share anything."""
    meters: ServiceMeters = msgspec.field(default_factory=ServiceMeters)
    recovery: Callable[[], AutomaticRestart] = AutomaticRestart
    """Makes the memory of a connector that is restarted by itself."""

    @property
    def key(self) -> tuple[str, str]:
        """The group and the URL marker: there is one service of each."""
        return self.group, self.config.integration_service_url_marker
