"""An integration daemon: its services and its lifetime."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import chain

import trio

from integration_daemon.supervision import messages
from integration_daemon.supervision.census import Census
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.roster import Roster
from integration_daemon.supervision.decisions import Decisions
from integration_daemon.supervision.dispatch.completion import Completion
from integration_daemon.supervision.dispatch.histogram import Histogram
from integration_daemon.supervision.environment import DaemonEnvironment, ServiceEnvironment
from integration_daemon.supervision.history.file import HistoryFile
from integration_daemon.supervision.history.keeper import History
from integration_daemon.supervision.isolation.loop_guard import LoopGuard
from integration_daemon.supervision.recovery.dependencies import DependencyWatch
from integration_daemon.supervision.requested import RequestedOperations
from integration_daemon.supervision.service import ServiceSupervisor
from integration_daemon.supervision.timetable import SLICE, Timetable, request_refresh
from services.errors import InvalidParameterError

START_PATIENCE = 5.0
"""Seconds that the start of the daemon waits for one service's connectors to initialize before it goes on."""
STARTS_PER_SECOND = 10_000
"""Connectors whose schedules begin within one second; more would only queue behind each other."""

TARGETS_NAMED = 5
"""Catalog targets that an error names."""

Former = Mapping[str, ManagedConnector]
"""Removed connectors by name, some of which are to be added again."""
Placed = tuple[ServiceSupervisor, ManagedConnector]
"""A connector with the service that runs it."""


class Daemon:
    """Runs integration services until stopped. All methods are for the event loop's thread."""

    def __init__(
        self,
        environment: DaemonEnvironment,
        *,
        stop_deadline: float,
        decisions: Decisions | None = None,
        history: HistoryFile | None = None,
    ) -> None:
        self.environment = environment
        self.name = environment.name
        self.services: list[ServiceSupervisor] = []
        self.stop_deadline = stop_deadline
        """Seconds."""
        self.decisions = decisions
        """Decisions of operators; `None` if they are not kept."""
        self.changing = trio.Lock()
        """Held while services or connectors are added or removed."""
        self.is_stopping = False
        self._audit_log = environment.audit_log
        self.timetable = Timetable()
        self.requested = RequestedOperations()
        self.census = Census(lambda: self.connectors)
        self.roster = Roster(lambda: self.connectors, environment.columns)
        self.history = History(history, lambda: self.connectors, self._audit_log)
        self._watches: set[DependencyWatch] = set()
        self._nursery: trio.Nursery | None = None
        self._loop_guard = LoopGuard(
            self._audit_log, put_off=self._put_off, restart=self._restart_by_policy, fail=self._fail_background_tasks
        )

    def add_service(self, environment: ServiceEnvironment) -> ServiceSupervisor:
        """Add a service with its connectors before the daemon runs."""
        service = ServiceSupervisor(environment, self.timetable.plan_restart, self._loop_guard.postpones)
        for config in environment.config.integration_connector_configs or ():
            service.add(config)
        self.services.append(service)
        return service

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start everything, report started, run until `stop`, and stop everything within the stop deadline."""
        self._audit_log.record(messages.SERVICES_INITIALIZING, daemon=self.name)
        if self.decisions is not None:
            await self.decisions.load()
            self.decisions.recall(self.connectors)
        await self.history.begin()
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            await nursery.start(self._loop_guard.watchdog.run, name="loop watchdog")
            await nursery.start(self.environment.endpoints.run, name="watches of endpoints")
            for service in self.services:
                await self._run_service(service, nursery)
                await self._initialize(service, list(service.connectors.values()))
            self._audit_log.record(messages.SCHEDULE_STARTED, daemon=self.name)
            await self._first_pass(self.placed)
            nursery.start_soon(self.timetable.run, name=f"schedule of {self.name}")
            nursery.start_soon(self.census.run, name=f"census of {self.name}")
            nursery.start_soon(self.history.run, name=f"history of {self.name}")
            self._audit_log.record(messages.DAEMON_INITIALIZED, daemon=self.name)
            task_status.started()
            await stop.wait()
            await self._stop()
            await self.history.end()
            nursery.cancel_scope.cancel(reason=f"integration daemon {self.name} has stopped")
        self._audit_log.record(messages.DAEMON_STOPPED, daemon=self.name)

    async def _run_service(self, service: ServiceSupervisor, nursery: trio.Nursery) -> None:
        environment = service.environment
        await nursery.start(service.run, name=environment.service.full_name)
        if environment.watch not in self._watches:
            self._watches.add(environment.watch)
            nursery.start_soon(environment.watch.run, name=f"watch of metadata server {environment.metadata_server}")
        self._audit_log.record(
            environment.service.initializing,
            metadata_server=environment.metadata_server,
            platform_url=environment.platform_url,
        )

    @property
    def loop_holds(self) -> Histogram:
        """Times for which the event loop was blocked, sampled ten times a second."""
        return self._loop_guard.watchdog.holds

    @property
    def connectors(self) -> Sequence[ManagedConnector]:
        """Every connector, in the order of the configuration document."""
        return list(chain.from_iterable(service.connectors.values() for service in self.services))

    @property
    def placed(self) -> Sequence[Placed]:
        """Every connector with its service, in the order of the configuration document."""
        return [(service, connector) for service in self.services for connector in service.connectors.values()]

    def connector(self, name: str) -> ManagedConnector:
        """A connector by name; raises `InvalidParameterError` for an unknown one."""
        return self.place_of(name)[1]

    def place_of(self, name: str) -> Placed:
        """A connector by name, with its service; raises `InvalidParameterError` if only its catalog targets run."""
        for placed in self._placed(name):
            return placed
        targets = ", ".join(each.name for _, each in self.units_of(name)[:TARGETS_NAMED])
        raise InvalidParameterError(messages.TARGETS_ALONE, connector=name, targets=targets)

    def units_of(self, name: str) -> Sequence[Placed]:
        """A connector by name, and its catalog targets; raises `InvalidParameterError` for an unknown one."""
        found = [*self._placed(name)]
        for service in self.services:
            if service.has_targets:
                found += [(service, each) for each in service.connectors.values() if each.target_of == name]
        if not found:
            raise InvalidParameterError(messages.UNKNOWN_CONNECTOR, connector=name, daemon=self.name)
        return found

    def _placed(self, name: str) -> Iterator[Placed]:
        for service in self.services:
            if (connector := service.connectors.get(name)) is not None:
                yield service, connector

    def require_running(self) -> None:
        """Raise `InvalidParameterError` if the daemon is stopping."""
        if self.is_stopping:
            raise InvalidParameterError(messages.DAEMON_IS_STOPPING, daemon=self.name)

    def services_of(self, marker: str) -> Sequence[ServiceSupervisor]:
        """The services with a URL marker: of the document, and of its groups.

        Raises `InvalidParameterError` if there is none.
        """
        found = [each for each in self.services if each.environment.service.url_marker == marker]
        if not found:
            raise InvalidParameterError(messages.UNKNOWN_SERVICE, marker=marker, daemon=self.name)
        return found

    async def start_service(self, environment: ServiceEnvironment, former: Former) -> None:
        """Add a service to the running daemon, and start its connectors as `start_connectors` does."""
        self.require_running()
        assert self._nursery is not None
        service = self.add_service(environment)
        await self._run_service(service, self._nursery)
        await self.start_connectors(service, list(service.connectors.values()), former)

    def end_service(self, service: ServiceSupervisor) -> None:
        """End a service of the running daemon whose connectors have been removed."""
        self.services.remove(service)
        service.end()

    async def start_connectors(
        self, service: ServiceSupervisor, added: Sequence[ManagedConnector], former: Former
    ) -> None:
        """Start connectors that were added to a service of the running daemon, and wait briefly for their refresh.

        They continue from the `former` ones with the same names.
        """
        for connector in added:
            if (before := former.get(connector.name)) is not None:
                connector.continue_from(before)
        if self.decisions is not None:
            self.decisions.recall(added)
        await self._initialize(service, added)
        first_pass = Completion[ManagedConnector](len(added))
        for connector in added:
            connector.await_completion(first_pass)
        await self._first_pass([(service, connector) for connector in added])
        await first_pass.wait(START_PATIENCE)

    async def remove(self, connectors: Sequence[Placed]) -> None:
        """Stop connectors, within the stop deadline, and forget them."""
        for _, connector in connectors:
            connector.next_due = None
        completion = Completion[ManagedConnector](len(connectors))
        await request_of_each(connectors, ServiceSupervisor.stop, completion)
        await completion.wait(self.stop_deadline)
        for service, connector in connectors:
            service.remove(connector)

    def reorder(self, environments: Sequence[ServiceEnvironment]) -> None:
        """Put these services and their connectors in the order of a document, after the other services."""
        self.environment.columns.revision += 1
        in_order = {each.key: each.config.integration_connector_configs or () for each in environments}
        place = {key: number for number, key in enumerate(in_order)}
        self.services.sort(key=lambda service: place.get(service.environment.key, -1))
        for service in self.services:
            names = [each.connector_name for each in in_order.get(service.environment.key, ())]
            if service.environment.key in in_order and names != list(service.connectors):
                service.connectors = {name: service.connectors[name] for name in names}

    async def _initialize(self, service: ServiceSupervisor, connectors: Sequence[ManagedConnector]) -> None:
        async with looking_up_sources(service, connectors):
            completion = Completion[ManagedConnector](len(connectors))
            await request_of_each(((service, each) for each in connectors), ServiceSupervisor.start, completion)
            await completion.wait(START_PATIENCE)

    async def _first_pass(self, placed: Sequence[Placed]) -> None:
        """Request a first refresh of every connector, failed or not, as the original does before it has initialized."""
        now = trio.current_time()
        for number, (service, connector) in enumerate(placed, 1):
            connector.audit_log.record(messages.FIRST_REFRESH, connector=connector.name, daemon=self.name)
            if connector.incarnation is not None:
                connector.incarnation.refresh_announced = True
            request_refresh(service, connector)
            spread = min(connector.interval, number / STARTS_PER_SECOND)
            self.timetable.plan_refresh(service, connector, now + connector.interval + spread)
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()

    def _put_off(self, connector: ManagedConnector, until: float) -> None:
        self.timetable.put_off(*self.place_of(connector.name), until)

    def _restart_by_policy(self, connector: ManagedConnector) -> None:
        self.place_of(connector.name)[0].restart_by_policy(connector)

    def _fail_background_tasks(self, connector: ManagedConnector, method: str, error: Exception) -> None:
        self.place_of(connector.name)[0].fail_background_tasks(connector, method, error)

    async def _stop(self) -> None:
        self._audit_log.record(messages.DAEMON_STOPPING, daemon=self.name)
        self.is_stopping = True
        self.timetable.clear()
        self._audit_log.record(messages.SCHEDULE_ENDED, daemon=self.name)
        for service in self.services:
            self._audit_log.record(
                messages.SERVICE_STOPPING, service=service.environment.service.full_name, daemon=self.name
            )
        with trio.move_on_after(self.stop_deadline):
            known = await self._request_stops()  # first, because a change in progress may wait for these connectors
            async with self.changing:
                pass  # the change has ended, and no other can begin
            added = await self._request_stops()
            await known.done.wait()
            await added.done.wait()
        for service in self.services:
            _log_stopped(service, self.stop_deadline)

    async def _request_stops(self) -> Completion[ManagedConnector]:
        """Request a stop of every connector that is not stopping yet."""
        placed = [each for each in self.placed if not each[1].is_stopping]
        completion = Completion[ManagedConnector](len(placed))
        await request_of_each(placed, ServiceSupervisor.stop, completion)
        return completion


async def request_of_each(
    placed: Iterable[Placed],
    request: Callable[[ServiceSupervisor, ManagedConnector], None],
    completion: Completion[ManagedConnector],
) -> None:
    """Make a request of each connector; the completion is done when every connector has carried it out.

    The completion is added in the same step as the request, so that work that began earlier does not complete it.
    """
    for number, (service, connector) in enumerate(placed, 1):
        connector.await_completion(completion)
        request(service, connector)
        if number % SLICE == 0:  # let other tasks run
            await trio.lowlevel.checkpoint()


def looking_up_sources(
    service: ServiceSupervisor, connectors: Iterable[ManagedConnector]
) -> AbstractAsyncContextManager[None]:
    """A context in which the metadata sources of these connectors have been looked up, once each."""
    sources = service.environment.sources
    names = {connector.config.metadata_source_qualified_name for connector in connectors}
    unknown = {name for name in names if name and not sources.knows(name)}
    if not unknown:
        return nullcontext()
    return sources.looked_up_together(unknown, service.environment.daemon.user_id)


def _log_stopped(service: ServiceSupervisor, stop_deadline: float) -> None:
    daemon, left = service.environment.daemon, service.active_connectors()
    for connector in left:
        connector.audit_log.record(
            messages.CONNECTOR_ABANDONED,
            connector=connector.name,
            method=connector.work.step if connector.work is not None else "engage",
            seconds=f"{stop_deadline:g}",
        )
    daemon.audit_log.record(
        messages.SERVICE_STOPPED,
        service=service.environment.service.full_name,
        stopped=len(service.connectors) - len(left),
        total=len(service.connectors),
        daemon=daemon.name,
    )
