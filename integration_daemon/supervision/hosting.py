"""What connectors are given by their service and their daemon, and have in common with others."""

from collections.abc import Callable

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.config.document import IntegrationServiceConfig, RestartPolicy
from integration_daemon.supervision.lateness import Lateness
from integration_daemon.supervision.outage import DependencyWatch, EndpointWatches
from integration_daemon.supervision.restart_policy import AutomaticRestart
from integration_daemon.supervision.sources import MetadataSources
from services.framework.service import IntegrationService
from services.metadata.store import MetadataStore


class DaemonHosting(msgspec.Struct, frozen=True, kw_only=True):
    """What the services of one daemon have in common."""

    name: str
    user_id: str
    """Who metadata requests are made as; a connector's `connectorUserId` goes before it."""
    max_page_size: int
    audit_log: AuditLog
    endpoints: EndpointWatches
    lateness: Lateness = msgspec.field(default_factory=Lateness)
    """How late refreshes start."""
    places: trio.CapacityLimiter | None = None
    """For work in progress, where the document bounds that of the whole daemon."""


class ServiceHosting(msgspec.Struct, frozen=True, kw_only=True):
    """What the connectors of one integration service have in common."""

    daemon: DaemonHosting
    service: IntegrationService
    config: IntegrationServiceConfig
    store: MetadataStore
    metadata_server: str
    platform_url: str
    sources: MetadataSources
    watch: DependencyWatch
    threads: trio.CapacityLimiter
    """For connectors written as plain functions; the service's own, so that its hung calls starve no other."""
    restart_policy: RestartPolicy = RestartPolicy.MANUAL
    """Of connectors that do not say."""
    recovery: Callable[[], AutomaticRestart] = AutomaticRestart
    """Makes the memory of a connector that is restarted by itself."""
