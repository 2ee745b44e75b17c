"""What many connectors need and may go away: one event, one record, one probe, and they come back together.

    a connector fails for want of it ─▶ down: probed ─▶ it answers ─▶ the connectors return, in a ramp

A metadata server is probed with a question; an endpoint that several connectors share by letting one of them try.
Only connectors under the automatic restart policy take part; others wait for an operator, as the page says.
"""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit

import trio

from audit.log import AuditLog
from integration_daemon.supervision import messages
from integration_daemon.supervision.failure import FailureKind, message_of
from integration_daemon.supervision.hosted import HostedConnector, Requested
from integration_daemon.supervision.state import ConnectorState
from services.errors import MetadataServerUnavailableError
from services.metadata.store import MetadataStore

PROBE_PAUSE = 1.0
"""Seconds between probes, drawn from half to one and a half of it."""
PROBE_DEADLINE = 5.0
TRY_PATIENCE = 30.0
"""Seconds after which a connector that tries an endpoint, and has not failed, counts as an answer."""
STEADY_AFTER = 60.0
"""Seconds; what goes away again sooner than that is left in peace for longer each time."""
LONGEST_PAUSE = 300.0
RAMP = 500
"""Connectors that return together; the next ones follow after `RAMP_PAUSE` seconds."""
RAMP_PAUSE = 0.1


class Dependency(Protocol):
    """What a watch watches: how it is probed, and what is logged of it."""

    def log_down(self, error: Exception) -> None:
        """It went away."""

    def log_back(self, seconds: float, waiting: int) -> None:
        """It is back after so many seconds, and so many connectors return."""

    async def answers(self, watch: "DependencyWatch") -> bool:
        """Find out whether it is back."""


class DependencyWatch:
    """One thing that connectors of one daemon need."""

    def __init__(self, dependency: Dependency) -> None:
        self.error: Exception | None = None
        """Why it is unavailable; `None` while it is not known to be."""
        self._dependency = dependency
        self._waiting: dict[HostedConnector, int] = {}
        self._down = trio.Event()
        self._back_since = float("-inf")
        self._relapses = 0

    def failed_for_want_of_it(self, hosted: HostedConnector, error: Exception) -> None:
        """Note a connector that failed because it is unavailable: it is restarted when it is back."""
        self._waiting[hosted] = hosted.incarnation
        if self.error is None:
            self.error = error
            self._dependency.log_down(error)
            self._down.set()

    async def run(self) -> None:
        """Wait for an outage, probe until it is over, bring the connectors back; until cancelled."""
        while True:
            await self._down.wait()
            began = trio.current_time()
            self._relapses = self._relapses + 1 if began - self._back_since < STEADY_AFTER else 0
            if self._relapses:
                await trio.sleep(min(LONGEST_PAUSE, PROBE_PAUSE * 2.0**self._relapses))
            while not await self._dependency.answers(self):  # noqa: ASYNC110 - nobody tells us that it is back
                await trio.sleep(PROBE_PAUSE * random.uniform(0.5, 1.5))
            self.error = None
            self._down = trio.Event()
            self._back_since = trio.current_time()
            waiting = list(self._still_waiting())
            self._waiting.clear()
            self._dependency.log_back(self._back_since - began, len(waiting))
            await self._bring_back(waiting)

    async def let_one_try(self) -> bool:
        """Restart one of those that wait; whether it did not fail for want of this again, or nobody waits."""
        for hosted in list(self._still_waiting()):
            del self._waiting[hosted]
            attempt = Requested(1)
            hosted.ask(attempt)
            hosted.service.restart_by_policy(hosted)
            with trio.move_on_after(TRY_PATIENCE):
                await attempt.done.wait()
            if hosted in self._waiting:
                return False
            if hosted.failure is None or hosted.failure.kind is FailureKind.AUTHORIZATION:
                return True
        return True  # those who tried failed of something else, or an operator wants none of them

    def _still_waiting(self) -> Iterator[HostedConnector]:
        for hosted, incarnation in self._waiting.items():
            if hosted.incarnation == incarnation and hosted.state is ConnectorState.FAILED and not hosted.stop_wanted:
                yield hosted

    async def _bring_back(self, waiting: list[HostedConnector]) -> None:
        for number, hosted in enumerate(waiting, 1):
            if hosted.state is ConnectorState.FAILED and not hosted.stop_wanted:
                hosted.service.restart_by_policy(hosted)
            if number % RAMP == 0:
                await trio.sleep(RAMP_PAUSE)


class MetadataServer:
    """A metadata server as a dependency."""

    def __init__(self, name: str, platform_url: str, store: MetadataStore, audit_log: AuditLog) -> None:
        self._inserts = {"metadata_server": name, "platform_url": platform_url}
        self._store = store
        self._audit_log = audit_log

    def log_down(self, error: Exception) -> None:
        self._audit_log.record(messages.METADATA_SERVER_DOWN, message=error, **self._inserts)

    def log_back(self, seconds: float, waiting: int) -> None:
        self._audit_log.record(messages.METADATA_SERVER_BACK, seconds=f"{seconds:.1f}", count=waiting, **self._inserts)

    async def answers(self, watch: DependencyWatch) -> bool:
        with trio.move_on_after(PROBE_DEADLINE):
            try:
                await self._store.fingerprints("", "", limit=1)
            except MetadataServerUnavailableError:
                return False
            except Exception:
                return True  # whatever it has against the question, it answers
            return True
        return False


class SharedEndpoint:
    """A third-party server that several connectors use, as a dependency."""

    def __init__(self, name: str, audit_log: AuditLog) -> None:
        self._name = name
        self._audit_log = audit_log

    def log_down(self, error: Exception) -> None:
        self._audit_log.record(messages.ENDPOINT_DOWN, endpoint=self._name, message=message_of(error))

    def log_back(self, seconds: float, waiting: int) -> None:
        self._audit_log.record(messages.ENDPOINT_BACK, endpoint=self._name, seconds=f"{seconds:.1f}", count=waiting)

    async def answers(self, watch: DependencyWatch) -> bool:
        return await watch.let_one_try()


class EndpointWatches:
    """The endpoints of a daemon that more than one of its automatic connectors use; watched once they fail."""

    def __init__(self, audit_log: AuditLog) -> None:
        self._audit_log = audit_log
        self._users: Counter[str] = Counter()
        self._watches: dict[str, DependencyWatch] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch what fails, until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    @property
    def some_failed(self) -> bool:
        """Whether any of them ever was unavailable."""
        return bool(self._watches)

    def add(self, hosted: HostedConnector) -> None:
        """Count a connector among the users of its endpoint, if it is restarted by itself."""
        if hosted.recovery is not None and (name := endpoint_of(hosted)):
            self._users[name] += 1

    def remove(self, hosted: HostedConnector) -> None:
        """It is no longer one of its users."""
        if hosted.recovery is not None and (name := endpoint_of(hosted)):
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name]

    def down(self, hosted: HostedConnector) -> DependencyWatch | None:
        """The watch of a connector's endpoint, if that is known to be unavailable."""
        watch = self._watches.get(endpoint_of(hosted))
        return watch if watch is not None and watch.error is not None else None

    def watch_of(self, hosted: HostedConnector) -> DependencyWatch | None:
        """The watch of a connector's endpoint; `None` for one that no other uses: its own policy is enough."""
        name = endpoint_of(hosted)
        if not name or self._users[name] < 2 or self._nursery is None:
            return None
        if name not in self._watches:
            self._watches[name] = DependencyWatch(SharedEndpoint(name, self._audit_log))
            self._nursery.start_soon(self._watches[name].run, name=f"watch of {name}")
        return self._watches[name]


def endpoint_of(hosted: HostedConnector) -> str:
    """What is shared: the server that an address names, or else the whole address; empty without one."""
    endpoint = hosted.config.connection.endpoint
    address = endpoint.address if endpoint is not None and endpoint.address else ""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
        server = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return address
    return f"{parts.scheme}://{server}" if server else address
