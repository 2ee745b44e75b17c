"""A server that a platform hosts, with the parts that the platform and the routes use."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import trio

from audit.destinations.memory_ring import MemoryRingDestination
from audit.log import AuditLog
from audit.report import SeverityCounts
from integration_daemon.alerts.alerts import Alerts
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.groups.groups import IntegrationGroups
from integration_daemon.platform.measured_store import MeasuredStore
from integration_daemon.platform.store_probes import StoreProbes
from integration_daemon.security.server_guard import ServerGuard
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.reconfigured import Reconfigured
from services.metadata.relational.store import RelationalStore
from services.metadata.remembered_cursors import RememberedCursors
from services.metadata.store import MetadataStore


class Server:
    """One run of a server, from its start to its end."""

    def __init__(self, config: OMAGServerConfig, type_name: str, directory: Path) -> None:
        self.config = config
        self.type_name = type_name
        self.directory = directory
        self.services: list[str] = []
        """The full names of its running services, in the order of their starts."""
        self.start_time: datetime | None = None
        self.daemon: Daemon | None = None
        """The daemon of an integration daemon server."""
        self.alerts: Alerts | None = None
        """The alerts of an integration daemon server."""
        self.groups: IntegrationGroups | None = None
        """The integration groups of an integration daemon server."""
        self.store: MetadataStore | None = None
        """The store of its open metadata: its own store, or that of its metadata server."""
        self.measured: dict[str, MeasuredStore] = {}
        """The metadata stores that its connectors use, by the name of the metadata server."""
        self.store_probes = StoreProbes(lambda: self.stores)
        self.cursors = RememberedCursors()
        """The cursors at the ends of pages that were requested by number."""
        self.serves_metadata = False
        """True if other platforms may use its store: it is a metadata access store."""
        self.stores_of_its_own: list[RelationalStore] = []
        """Its own open stores, without those of metadata servers."""
        self.guard: ServerGuard | None = None
        """Its security connector, if its document names one."""
        self.apply_document: Callable[[OMAGServerConfig, str], Awaitable[Reconfigured]] | None = None
        """Applies a changed document while the server runs, for a user; only integration daemons have it."""
        self.source: Path | None = None
        """The user's file from which its document was read, if any."""
        self.file: OMAGServerConfig | None = None
        """The document as read from that file."""
        self.version = 0
        """The version of its document that is in effect."""
        self.trial: Trial | None = None
        """The change that is rolled back automatically if its connectors fail."""
        self.audit_log: AuditLog | None = None
        self.ring = MemoryRingDestination()
        self.counts = SeverityCounts()
        self.stop = trio.Event()
        self.ended = trio.Event()

    @property
    def name(self) -> str:
        """The server's unique name on its platform."""
        return self.config.local_server_name

    @property
    def stores(self) -> Mapping[str, MetadataStore]:
        """The metadata stores that the server uses, by the name of the metadata server."""
        return self.measured or ({} if self.store is None else {self.name: self.store})

    def started(self) -> None:
        """Note that the start sequence is complete."""
        self.start_time = datetime.now(UTC)


class Trial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that is rolled back automatically if its connectors fail."""

    version: int
    """The version on trial."""
    previous: int
    """The version that a rollback restores."""
    ends: datetime


class ServerRun(msgspec.Struct, rename="camel", omit_defaults=True):
    """The time of one run of a server."""

    start_time: datetime
    end_time: datetime | None = None
