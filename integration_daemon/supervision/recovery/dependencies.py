"""Dependencies that many connectors share: an outage of one is a single event, with one record and one probe.

    a connector fails because of it ─▶ down: probed ─▶ the probe succeeds ─▶ the connectors are restarted, in a ramp

A metadata server is probed with a small query; an endpoint that several connectors share, by restarting one of them.
Only connectors under the automatic restart policy take part; others wait for an operator, as the reference page says.
"""

import random
from collections import Counter
from typing import Protocol
from urllib.parse import urlsplit

import trio

from audit.log import AuditLog
from audit.safe_text import safe_text
from integration_daemon.supervision.recovery import messages
from integration_daemon.supervision.recovery.failure import message_of
from services.errors import MetadataServerUnavailableError
from services.framework.connection import Connection
from services.metadata.changes import Query
from services.metadata.store import MetadataStore

PROBE_PAUSE = 1.0
"""Mean seconds between probes; each pause is drawn from half to one and a half of it."""
PROBE_DEADLINE = 5.0
"""Seconds that a metadata server has to answer a probe."""
STEADY_AFTER = 60.0
"""Seconds; a dependency that is unavailable again sooner is probed after a longer pause each time."""
LONGEST_PAUSE = 300.0
"""Seconds."""
RAMP = 500
"""Connectors that are restarted together; the next ones follow after `RAMP_PAUSE` seconds."""
RAMP_PAUSE = 0.1


class Waiter(Protocol):
    """A failed connector that waits for a dependency."""

    name: str

    @property
    def is_waiting(self) -> bool:
        """False once the connector has been restarted or stopped otherwise."""

    def restart(self) -> None:
        """Restart the connector, because the dependency is available again."""

    async def restart_alone(self) -> bool:
        """Restart the connector as a probe of the dependency; true if it did not fail, or was refused access.

        A failure because of the same dependency is reported to the watch before this method returns.
        """


class Dependency(Protocol):
    """The probe of one dependency, and the log records of its outages."""

    description: str
    """The name of the dependency in a status."""

    def log_down(self, error: Exception) -> None:
        """Log the beginning of an outage."""

    def log_back(self, seconds: float, waiting: int) -> None:
        """Log the end of an outage after so many seconds, and the number of connectors that waited for it."""

    async def is_available(self, watch: "DependencyWatch") -> bool:
        """Probe the dependency."""


class DependencyWatch:
    """Watches one dependency of the connectors of one daemon."""

    def __init__(self, dependency: Dependency) -> None:
        self.error: Exception | None = None
        """The error of the outage; `None` while no outage is known."""
        self._dependency = dependency
        self._waiting: dict[str, Waiter] = {}
        self._down = trio.Event()
        self._back_since = float("-inf")
        self._relapses = 0

    @property
    def description(self) -> str:
        """The name of the dependency in a status."""
        return self._dependency.description

    def note_failure(self, waiter: Waiter, error: Exception) -> None:
        """Add a connector that failed because of the dependency, to be restarted after the outage."""
        self._waiting[waiter.name] = waiter
        if self.error is None:
            self.error = error
            self._dependency.log_down(error)
            self._down.set()

    async def run(self) -> None:
        """Until cancelled, wait for an outage, probe until it is over, and restart the waiting connectors."""
        while True:
            await self._down.wait()
            began = trio.current_time()
            self._relapses = self._relapses + 1 if began - self._back_since < STEADY_AFTER else 0
            if self._relapses:
                await trio.sleep(min(LONGEST_PAUSE, PROBE_PAUSE * 2.0**self._relapses))
            while not await self._dependency.is_available(self):  # noqa: ASYNC110 - no event reports its return
                await trio.sleep(PROBE_PAUSE * random.uniform(0.5, 1.5))  # nosec B311 # it only spreads load
            self.error = None
            self._down = trio.Event()
            self._back_since = trio.current_time()
            waiting = self._still_waiting()
            self._waiting.clear()
            self._dependency.log_back(self._back_since - began, len(waiting))
            await self._restart(waiting)

    async def restart_one(self) -> bool:
        """Restart one waiting connector; true if the dependency is available, or no connector waits for it."""
        for waiter in self._still_waiting():
            del self._waiting[waiter.name]
            is_over = await waiter.restart_alone()
            if waiter.name in self._waiting:
                return False
            if is_over:
                return True
        return True  # the restarted connectors failed for another reason, or an operator stopped them

    def _still_waiting(self) -> list[Waiter]:
        return [waiter for waiter in self._waiting.values() if waiter.is_waiting]

    async def _restart(self, waiting: list[Waiter]) -> None:
        for number, waiter in enumerate(waiting, 1):
            if waiter.is_waiting:
                waiter.restart()
            if number % RAMP == 0:
                await trio.sleep(RAMP_PAUSE)


class MetadataServer(Dependency):
    """A metadata server as a dependency."""

    def __init__(self, name: str, platform_url: str, store: MetadataStore, audit_log: AuditLog) -> None:
        self.description = f"metadata server {name}"
        self._inserts = {"metadata_server": name, "platform_url": platform_url}
        self._store = store
        self._audit_log = audit_log

    def log_down(self, error: Exception) -> None:
        self._audit_log.record(messages.METADATA_SERVER_DOWN, message=safe_text(error), **self._inserts)

    def log_back(self, seconds: float, waiting: int) -> None:
        self._audit_log.record(messages.METADATA_SERVER_BACK, seconds=f"{seconds:.1f}", count=waiting, **self._inserts)

    async def is_available(self, watch: DependencyWatch) -> bool:
        with trio.move_on_after(PROBE_DEADLINE):
            try:
                await self._store.find_page(Query(page_size=1))
            except MetadataServerUnavailableError:
                return False
            except Exception:
                return True  # the server has answered, even if with an error
            return True
        return False


class SharedEndpoint(Dependency):
    """A third-party server that several connectors use, as a dependency."""

    def __init__(self, name: str, audit_log: AuditLog) -> None:
        self.description = f"endpoint {name}"
        self._name = name
        self._audit_log = audit_log

    def log_down(self, error: Exception) -> None:
        self._audit_log.record(messages.ENDPOINT_DOWN, endpoint=self._name, message=message_of(error))

    def log_back(self, seconds: float, waiting: int) -> None:
        self._audit_log.record(messages.ENDPOINT_BACK, endpoint=self._name, seconds=f"{seconds:.1f}", count=waiting)

    async def is_available(self, watch: DependencyWatch) -> bool:
        return await watch.restart_one()


class EndpointWatches:
    """The endpoints that more than one automatic connector of a daemon uses; each is watched once it has failed."""

    def __init__(self, audit_log: AuditLog) -> None:
        self._audit_log = audit_log
        self._users: Counter[str] = Counter()
        self._watches: dict[str, DependencyWatch] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run the watches until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    @property
    def some_failed(self) -> bool:
        """True if any of the endpoints was ever unavailable."""
        return bool(self._watches)

    def add_user(self, connection: Connection) -> None:
        """Count an automatic connector among the users of its endpoint."""
        if name := endpoint_of(connection):
            self._users[name] += 1

    def remove_user(self, connection: Connection) -> None:
        """Remove an automatic connector from the users of its endpoint."""
        if name := endpoint_of(connection):
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name]

    def outage_of(self, connection: Connection) -> DependencyWatch | None:
        """The watch of a connection's endpoint, if the endpoint is known to be unavailable."""
        watch = self._watches.get(endpoint_of(connection))
        return watch if watch is not None and watch.error is not None else None

    def watch_of(self, connection: Connection) -> DependencyWatch | None:
        """The watch of a connection's endpoint; `None` if only one connector uses it, whose own policy is enough."""
        name = endpoint_of(connection)
        if not name or self._users[name] < 2 or self._nursery is None:
            return None
        if name not in self._watches:
            self._watches[name] = DependencyWatch(SharedEndpoint(name, self._audit_log))
            self._nursery.start_soon(self._watches[name].run, name=f"watch of {name}")
        return self._watches[name]


def endpoint_of(connection: Connection) -> str:
    """The server in the address of a connection, or else the whole address; empty without an address."""
    endpoint = connection.endpoint
    address = endpoint.address if endpoint is not None and endpoint.address else ""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
        server = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return address
    return f"{parts.scheme}://{server}" if server else address
