"""An integration daemon: its services, its schedule, and what an operator can ask of it."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

import trio

from integration_daemon.config.document import IntegrationServiceConfig
from integration_daemon.supervision import messages
from integration_daemon.supervision.hosted import HostedConnector, Requested
from integration_daemon.supervision.hosting import DaemonHosting, ServiceHosting
from integration_daemon.supervision.kept import Kept
from integration_daemon.supervision.outage import DependencyWatch
from integration_daemon.supervision.refresh_report import RefreshReport
from integration_daemon.supervision.schedule import Schedule, next_due_after
from integration_daemon.supervision.service_supervisor import ServiceSupervisor
from integration_daemon.supervision.state import ConnectorState, VisibleStatus
from integration_daemon.supervision.wanted import Wanted
from integration_daemon.supervision.watchdog import LoopWatchdog
from services.errors import InvalidParameterError
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.removal import RemovalGate

REQUEST_PATIENCE = 20.0
"""Seconds that a request to refresh or restart waits for its work; the work goes on after that."""
START_PATIENCE = 5.0
"""Seconds that the start of the daemon waits for one service's connectors to initialize before it goes on."""
STARTS_PER_SECOND = 10_000
"""Connectors whose rhythms begin within one second: more than that at once would only wait for each other."""
SCHEDULE_SLICE = 256
"""Connectors that the schedule hands over before it lets others run."""


class _Planned:
    """An entry of the schedule: a refresh, in its connector's rhythm, or a restart by policy.

    It is void when something overtook it: another incarnation, or another plan for the next refresh.
    """

    __slots__ = ("beat", "hosted", "restart_of")

    def __init__(self, hosted: HostedConnector, *, beat: float = 0.0, restart_of: int | None = None) -> None:
        self.hosted = hosted
        self.beat = beat
        """When the rhythm wants the refresh; it is due so much later as the connector's jitter says."""
        self.restart_of = restart_of
        """The incarnation that is to be restarted; `None`: a refresh."""


class Daemon:
    """Runs integration services until it is stopped. All methods are for the event loop's thread."""

    def __init__(
        self,
        hosting: DaemonHosting,
        *,
        stop_deadline: float,
        wanted: Kept[dict[str, Wanted]] | None = None,
        rejections: Kept[dict[str, dict[str, int]]] | None = None,
    ) -> None:
        self.hosting = hosting
        self.name = hosting.name
        self.services: list[ServiceSupervisor] = []
        self._audit_log = hosting.audit_log
        self._stop_deadline = stop_deadline
        self._wanted = wanted
        self.rejections = rejections
        """Removals that an operator has rejected: by connector and scope, how many."""
        self._connectors: dict[str, HostedConnector] = {}
        self._schedule: Schedule[_Planned] = Schedule()
        self._schedule_changed = trio.Event()
        self._watches: set[DependencyWatch] = set()
        self._nursery: trio.Nursery | None = None
        self.changing = trio.Lock()
        """Held by whoever changes which connectors there are."""
        self.is_stopping = False

    def add_service(self, hosting: ServiceHosting) -> ServiceSupervisor:
        """Add a service with its connectors before the daemon runs."""
        service = ServiceSupervisor(hosting, self.plan_restart)
        for config in hosting.config.integration_connector_configs or ():
            self._connectors[config.connector_name] = service.add(config)
        self.services.append(service)
        return service

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start everything, report started, run until `stop`, and stop everything within the stop deadline."""
        self._audit_log.record(messages.SERVICES_INITIALIZING, daemon=self.name)
        await self._remember()
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            await nursery.start(LoopWatchdog(self._audit_log).run, name="loop watchdog")
            await nursery.start(self.hosting.endpoints.run, name="watches of endpoints")
            for service in self.services:
                await self._run_service(service, nursery)
                await self._initialize(service, service.connectors)
            self._audit_log.record(messages.SCHEDULE_STARTED, daemon=self.name)
            await self._first_pass(self.connectors)
            nursery.start_soon(self._run_schedule, name=f"schedule of {self.name}")
            self._audit_log.record(messages.DAEMON_INITIALIZED, daemon=self.name)
            task_status.started()
            await stop.wait()
            await self._stop()
            nursery.cancel_scope.cancel(reason=f"integration daemon {self.name} has stopped")
        self._audit_log.record(messages.DAEMON_STOPPED, daemon=self.name)

    async def _run_service(self, service: ServiceSupervisor, nursery: trio.Nursery) -> None:
        hosting = service.hosting
        await nursery.start(service.run, name=hosting.service.full_name)
        if hosting.watch not in self._watches:
            self._watches.add(hosting.watch)
            nursery.start_soon(hosting.watch.run, name=f"watch of metadata server {hosting.metadata_server}")
        self._audit_log.record(
            hosting.service.initializing,
            metadata_server=hosting.metadata_server,
            platform_url=hosting.platform_url,
        )

    @property
    def connectors(self) -> Sequence[HostedConnector]:
        """Every connector, in the order of the configuration document."""
        return list(self._connectors.values())

    def connector(self, name: str) -> HostedConnector:
        """A connector by name; raises `InvalidParameterError` for an unknown one."""
        try:
            return self._connectors[name]
        except KeyError:
            raise InvalidParameterError(messages.UNKNOWN_CONNECTOR, connector=name, daemon=self.name) from None

    def service(self, marker: str) -> ServiceSupervisor:
        """A service by its URL marker; raises `InvalidParameterError` for an unknown one."""
        for service in self.services:
            if service.hosting.service.url_marker == marker:
                return service
        raise InvalidParameterError(messages.UNKNOWN_SERVICE, marker=marker, daemon=self.name)

    async def refresh(self, *, service: str | None = None, connector: str | None = None) -> None:
        """Refresh one connector, a service's or all, and wait for it up to `REQUEST_PATIENCE`.

        Raises `InvalidParameterError` for a service or connector that is not here. A connector that has failed
        is not refreshed: it must be restarted first.
        """
        come_to = partial(self._come_to, urgent=connector is not None)
        await _wait_for(await _ask(self._select(service, connector), come_to))

    async def restart(self, *, service: str | None = None, connector: str | None = None) -> None:
        """Restart one connector, a service's or all, whatever they are doing, and refresh them.

        Waits up to `REQUEST_PATIENCE`. Raises `InvalidParameterError` for a service or connector that is not here.
        """
        await self._restart(self._select(service, connector), urgent=connector is not None)

    async def refresh_selected(self, selected: Sequence[HostedConnector]) -> None:
        """Refresh these connectors as `refresh` does one."""
        await _wait_for(await _ask(selected, self._come_to))

    async def restart_selected(self, selected: Sequence[HostedConnector]) -> None:
        """Restart these connectors as `restart` does one."""
        await self._restart(selected, urgent=False)

    async def _restart(self, selected: Sequence[HostedConnector], *, urgent: bool) -> None:
        def restart(hosted: HostedConnector) -> None:
            hosted.last_refresh_time = time.time()
            hosted.service.restart(hosted, urgent=urgent)

        async with AsyncExitStack() as stack:
            for service in dict.fromkeys(hosted.service for hosted in selected):
                if unknown := _unknown_sources(service, selected):
                    await stack.enter_async_context(_looked_up(service, unknown))
            await _wait_for(await _ask(selected, restart))

    async def dry_run(self, connector: str) -> RefreshReport | None:
        """What a refresh of a connector would do to the catalogue; none if it takes longer than `REQUEST_PATIENCE`.

        Raises `InvalidParameterError` for a connector that is not here, does not run, or may change its third party.
        """
        hosted = self.connector(connector)
        context = hosted.context
        reason = ""
        if context is None or hosted.state.visible is not VisibleStatus.RUNNING:
            reason = f"it is {hosted.state.label}"
        elif context.settings.permitted_synchronization is not PermittedSynchronization.FROM_THIRD_PARTY:
            reason = "it may change its third party"
        if reason:
            raise InvalidParameterError(messages.DRY_RUN_NOT_POSSIBLE, connector=connector, reason=reason)
        hosted.dry_run = None
        hosted.dry_run_wanted = True
        await _wait_for(await _ask([hosted], partial(hosted.service.submit, urgent=True)))
        return hosted.dry_run

    async def want(self, connector: str, wanted: Wanted, *, user: str) -> None:
        """Have a connector run, rest or be disconnected, over restarts of the daemon too, until told otherwise.

        Waits up to `REQUEST_PATIENCE`. Raises `InvalidParameterError` for a connector that is not here.
        """
        hosted = self.connector(connector)
        self._audit_log.record(
            messages.WANTED_CHANGED, user=user, connector=connector, daemon=self.name, wanted=wanted.value
        )
        request = await _ask([hosted], partial(hosted.service.want, wanted=wanted))
        if self._wanted is not None:
            others: dict[str, Wanted] = {
                each.name: each.wanted for each in self.connectors if each.wanted is not Wanted.RUNNING
            }
            await trio.to_thread.run_sync(self._wanted.save, others)
        await _wait_for(request)

    async def _remember(self) -> None:
        """What operators have said before the daemon was restarted."""
        if self._wanted is not None:
            for name, wanted in (await trio.to_thread.run_sync(self._wanted.load)).items():
                if name in self._connectors:
                    self._connectors[name].wanted = wanted
        if self.rejections is not None:
            for name, rejected in (await trio.to_thread.run_sync(self.rejections.load)).items():
                if name in self._connectors:
                    self._connectors[name].removals = RemovalGate(rejected)

    def plan_restart(self, hosted: HostedConnector, delay: float) -> None:
        """Restart a failed connector by itself, after a delay in seconds, unless something else does it before."""
        self._plan(trio.current_time() + delay, _Planned(hosted, restart_of=hosted.incarnation))

    async def start_service(self, hosting: ServiceHosting) -> None:
        """Add a service to the running daemon, and start its connectors."""
        assert self._nursery is not None
        service = self.add_service(hosting)
        await self._run_service(service, self._nursery)
        await self.start_connectors(service, service.connectors)

    def end_service(self, service: ServiceSupervisor) -> None:
        """Take a service whose connectors have been removed out of the running daemon."""
        self.services.remove(service)
        service.end()

    async def start_connectors(self, service: ServiceSupervisor, added: Sequence[HostedConnector]) -> None:
        """Start connectors that a service of the running daemon has taken in."""
        self._connectors.update((hosted.name, hosted) for hosted in added)
        await self._initialize(service, added)
        await self._first_pass(added)

    async def begin_anew(self, changed: Sequence[HostedConnector]) -> None:
        """Restart connectors whose configuration has changed, in the rhythm that it says now."""
        for hosted in changed:
            self._plan_refresh(hosted, trio.current_time() + hosted.interval)
        await self._restart(changed, urgent=False)

    async def remove(self, gone: Sequence[HostedConnector]) -> None:
        """Stop connectors, within the stop deadline, and forget them."""
        for hosted in gone:
            hosted.next_due = None
        request = await _ask(gone, _stop)
        with trio.move_on_after(self._stop_deadline):
            await request.done.wait()
        for hosted in gone:
            hosted.service.remove(hosted)
            del self._connectors[hosted.name]

    def put_in_order(self, configs: Sequence[IntegrationServiceConfig]) -> None:
        """Put services and connectors in the order of a document."""
        markers = [config.integration_service_url_marker for config in configs]
        names = [each.connector_name for config in configs for each in config.integration_connector_configs or ()]
        order = {name: number for number, name in enumerate(names)}
        self.services.sort(key=lambda service: markers.index(service.hosting.service.url_marker))
        for service in self.services:
            service.connectors.sort(key=lambda hosted: order[hosted.name])
        self._connectors = {hosted.name: hosted for service in self.services for hosted in service.connectors}

    async def _initialize(self, service: ServiceSupervisor, connectors: Sequence[HostedConnector]) -> None:
        def start(hosted: HostedConnector) -> None:
            hosted.restart_wanted = True
            service.submit(hosted)

        async with _looked_up(service, _unknown_sources(service, connectors)):
            request = await _ask(connectors, start)
            with trio.move_on_after(START_PATIENCE):
                await request.done.wait()

    async def _first_pass(self, connectors: Sequence[HostedConnector]) -> None:
        """Come to every connector once, failed or not, as the original does before it says it has initialized."""
        now = trio.current_time()
        for number, hosted in enumerate(connectors, 1):
            hosted.audit_log.record(messages.FIRST_REFRESH, connector=hosted.name, daemon=self.name)
            hosted.refresh_announced = True
            self._come_to(hosted)
            spread = min(hosted.interval, number / STARTS_PER_SECOND)
            self._plan_refresh(hosted, now + hosted.interval + spread)
            await _now_and_then(number)

    def _come_to(self, hosted: HostedConnector, *, urgent: bool = False) -> None:
        hosted.last_refresh_time = time.time()
        if hosted.wanted is Wanted.RUNNING:
            hosted.refresh_wanted = True
        hosted.service.submit(hosted, urgent=urgent)

    async def _run_schedule(self) -> None:
        while True:
            now = trio.current_time()
            for due, planned in self._schedule.pop_due(now, at_most=SCHEDULE_SLICE):
                self._keep(due, planned, now)
            if self._schedule.next_due <= now:
                await trio.lowlevel.checkpoint()
                continue
            self._schedule_changed = trio.Event()
            with trio.CancelScope(deadline=self._schedule.next_due):
                await self._schedule_changed.wait()

    def _keep(self, due: float, planned: _Planned, now: float) -> None:
        hosted = planned.hosted
        if planned.restart_of is None:
            if due != hosted.next_due:
                return
            hosted.due = due
            self._come_to(hosted)
            self._plan_refresh(hosted, next_due_after(planned.beat, hosted.interval, now))
        elif planned.restart_of == hosted.incarnation and hosted.state is ConnectorState.FAILED:
            hosted.service.restart_by_policy(hosted)

    def _plan_refresh(self, hosted: HostedConnector, beat: float) -> None:
        if hosted.interval <= 0:
            hosted.next_due = None
            return
        hosted.next_due = beat + random.uniform(0, hosted.config.refresh_jitter_seconds)
        self._plan(hosted.next_due, _Planned(hosted, beat=beat))

    def _plan(self, due: float, planned: _Planned) -> None:
        self._schedule.add(due, planned)
        if self._schedule.next_due == due:
            self._schedule_changed.set()

    async def _stop(self) -> None:
        self._audit_log.record(messages.DAEMON_STOPPING, daemon=self.name)
        self.is_stopping = True
        self._schedule = Schedule()
        self._audit_log.record(messages.SCHEDULE_ENDED, daemon=self.name)
        with trio.move_on_after(self._stop_deadline):
            async with self.changing:
                pass  # the change in progress has ended, and there will be no other
            requests = []
            for service in self.services:
                self._audit_log.record(
                    messages.SERVICE_STOPPING, service=service.hosting.service.full_name, daemon=self.name
                )
                requests.append(await _ask(service.connectors, service.stop))
            for request in requests:
                await request.done.wait()
        for service in self.services:
            self._log_stopped(service)

    def _log_stopped(self, service: ServiceSupervisor) -> None:
        left = service.still_busy()
        for hosted in left:
            hosted.audit_log.record(
                messages.CONNECTOR_ABANDONED,
                connector=hosted.name,
                method=hosted.turn.method if hosted.turn is not None else "engage",
                seconds=f"{self._stop_deadline:g}",
            )
        self._audit_log.record(
            messages.SERVICE_STOPPED,
            service=service.hosting.service.full_name,
            stopped=len(service.connectors) - len(left),
            total=len(service.connectors),
            daemon=self.name,
        )

    def _select(self, service: str | None, connector: str | None) -> list[HostedConnector]:
        of_service = None if service is None else self.service(service)
        if connector is None:
            return list(self.connectors if of_service is None else of_service.connectors)
        hosted = self.connector(connector)
        if of_service not in (None, hosted.service):
            raise InvalidParameterError(messages.UNKNOWN_CONNECTOR, connector=connector, daemon=self.name)
        return [hosted]


async def _ask(connectors: Sequence[HostedConnector], want: Callable[[HostedConnector], None]) -> Requested:
    """Want something of each connector; the request is done when all have done it.

    Each is asked in the same step as it is wanted: work that begins before that is no answer.
    """
    request = Requested(len(connectors))
    for number, hosted in enumerate(connectors, 1):
        hosted.ask(request)
        want(hosted)
        await _now_and_then(number)
    return request


def _stop(hosted: HostedConnector) -> None:
    hosted.service.stop(hosted)


async def _now_and_then(number: int) -> None:
    """In a loop over all connectors: let others run every so many of them."""
    if number % SCHEDULE_SLICE == 0:
        await trio.lowlevel.checkpoint()


def _unknown_sources(service: ServiceSupervisor, connectors: Sequence[HostedConnector]) -> set[str]:
    """The metadata sources of a service's connectors that have yet to be looked up."""
    names = {hosted.config.metadata_source_qualified_name for hosted in connectors if hosted.service is service}
    return {name for name in names if name and not service.hosting.sources.knows(name)}


def _looked_up(service: ServiceSupervisor, names: set[str]) -> AbstractAsyncContextManager[None]:
    return service.hosting.sources.looked_up_together(names, service.hosting.daemon.user_id)


async def _wait_for(request: Requested) -> None:
    with trio.move_on_after(REQUEST_PATIENCE):
        await request.done.wait()
