"""The supervisor of one integration service: its nursery, its connectors and its worker pool.

The steps of a connector return their failures; the supervisor decides what follows: a restart after a delay, a wait
for a dependency, or nothing until an operator acts.
"""

from collections.abc import Callable, Sequence

import trio

from audit.log import Component
from integration_daemon.config.document import IntegrationConnectorConfig, RestartPolicy
from integration_daemon.supervision.connector.condition import judge
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import AT_AN_END, ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.dispatch.completion import Completion
from integration_daemon.supervision.dispatch.work_item import WorkItem
from integration_daemon.supervision.dispatch.worker_pool import Handler, Load, WorkerPool
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.lifecycle.assembly import Assembly
from integration_daemon.supervision.lifecycle.background import Background
from integration_daemon.supervision.lifecycle.calling import Caller, Failed
from integration_daemon.supervision.lifecycle.host import HostServices
from integration_daemon.supervision.lifecycle.integration_reports import IntegrationReports
from integration_daemon.supervision.lifecycle.journal import Journal
from integration_daemon.supervision.lifecycle.steps import Postpones, Steps
from integration_daemon.supervision.recovery import messages as recovery_messages
from integration_daemon.supervision.recovery.dependencies import DependencyWatch
from integration_daemon.supervision.recovery.failure import FailureKind
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart

MOST_WORKERS = 256
"""Connectors of one service that may be at work at the same time, unless its document sets the number."""
MOST_LONG = 1_024
"""Further connectors of one service that may have long work in progress. If a document sets the limit, long work
counts towards it."""
TRIAL_PATIENCE = 30.0
"""Seconds after which a connector that was restarted to try a dependency, and has not failed, counts as a success."""

PlanRestart = Callable[["ServiceSupervisor", ManagedConnector, float], None]
"""Plans the restart of a failed connector of a service, after a delay in seconds."""


class ServiceSupervisor:
    """Runs the connectors of one integration service. All methods are for the event loop's thread."""

    def __init__(self, environment: ServiceEnvironment, plan_restart: PlanRestart, postpones: Postpones) -> None:
        self.environment = environment
        self.connectors: dict[str, ManagedConnector] = {}
        """By name, in the order of the configuration document."""
        self.has_targets = False
        """True once one of the connectors has had catalog targets."""
        self._plan_restart = plan_restart
        self._nursery: trio.Nursery | None = None
        journal = Journal(environment)
        self._background = Background(journal, environment.threads, self._background_failed)
        hosts = HostServices(listen=self._background.listen, submit=self.submit)
        self._caller = Caller(journal, environment.threads, environment.meters)
        assembly = Assembly(environment, journal, hosts)
        self._reports = IntegrationReports(environment)
        self._steps = Steps(environment, journal, self._caller, self._background, assembly, self._reports, postpones)
        self._journal = journal
        self._pool = self._new_pool()

    def _new_pool(self) -> WorkerPool[ManagedConnector, Failed]:
        at_once, slots = self.environment.config.refreshes_at_once, self.environment.daemon.slots
        handler = Handler(
            attend=self._steps.attend,
            interrupted=self._steps.interrupted,
            raised=self._raised,
            abandoned=self._steps.abandoned,
            finished=self._finished,
        )
        return WorkerPool(
            self.environment.service.full_name,
            handler,
            most_workers=at_once or MOST_WORKERS,
            most_long=MOST_LONG if at_once is None and slots is None else 0,
            slots=slots,
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Carry out the submitted work until cancelled or ended."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._background.start(nursery)
            self._pool.start(nursery)
            nursery.start_soon(self._reports.run, name=f"integration reports of {self.environment.service.full_name}")
            task_status.started()

    @property
    def placed(self) -> Sequence[tuple["ServiceSupervisor", ManagedConnector]]:
        """The connectors of the service, each with the service."""
        return [(self, connector) for connector in self.connectors.values()]

    def end(self) -> None:
        """End the service after its connectors have been stopped."""
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel(reason=f"{self.environment.service.full_name} has been removed")

    def add(self, config: IntegrationConnectorConfig) -> ManagedConnector:
        """Add a connector without starting it."""
        component = Component(
            component_id=3,
            component_name=f"Integration connector {config.connector_name}",
            component_description=self.environment.service.full_name,
        )
        audit_log = self.environment.daemon.audit_log.child(component)
        marker = self.environment.service.url_marker
        connector = ManagedConnector(
            config,
            marker,
            audit_log,
            self._recovery_of(config),
            group=self.environment.group,
            columns=self.environment.daemon.columns,
        )
        connector.changes = self.environment.daemon.changes
        self.connectors[connector.name] = connector
        self.has_targets = self.has_targets or bool(connector.target_of)
        self._add_endpoint_user(connector)
        return connector

    def change(self, connector: ManagedConnector, config: IntegrationConnectorConfig) -> None:
        """Set a connector's configuration, which takes effect when the connector is restarted."""
        self._remove_endpoint_user(connector)
        connector.configure(config, self._recovery_of(config))
        self._add_endpoint_user(connector)

    def remove(self, connector: ManagedConnector) -> None:
        """Forget a connector that was stopped."""
        self._remove_endpoint_user(connector)
        del self.connectors[connector.name]
        connector.leave_columns()

    def _add_endpoint_user(self, connector: ManagedConnector) -> None:
        if connector.recovery is not None:
            self.environment.daemon.endpoints.add_user(connector.config.connection)

    def _remove_endpoint_user(self, connector: ManagedConnector) -> None:
        if connector.recovery is not None:
            self.environment.daemon.endpoints.remove_user(connector.config.connection)

    def _recovery_of(self, config: IntegrationConnectorConfig) -> AutomaticRestart | None:
        policy = config.restart_policy or self.environment.restart_policy
        return self.environment.recovery() if policy is RestartPolicy.AUTOMATIC else None

    def submit(self, connector: ManagedConnector, *, urgent: bool = False) -> None:
        """Queue a connector for work. Urgent work goes first."""
        self._pool.submit(connector, urgent=urgent)

    def start(self, connector: ManagedConnector) -> None:
        """Begin the first incarnation of a connector."""
        connector.request().restart = True
        self._pool.submit(connector)

    def restart(self, connector: ManagedConnector, *, urgent: bool = False) -> None:
        """End the connector's incarnation, interrupting its work, and begin the next one with a refresh."""
        connector.request_restart(quietly=False)
        self.environment.meters.restarts_by_operator += 1
        self._make_way(connector, urgent=urgent)

    def interrupt(self, connector: ManagedConnector) -> None:
        """Interrupt the connector's work, and begin the next incarnation without a refresh."""
        connector.request().restart = True
        self._make_way(connector, urgent=True)

    def restart_by_policy(self, connector: ManagedConnector) -> None:
        """Restart a connector by policy, without an audit record for each of its steps."""
        connector.request_restart(quietly=True)
        self.environment.meters.restarts_by_policy += 1
        self._make_way(connector)

    def set_target_state(self, connector: ManagedConnector, target_state: TargetState) -> None:
        """Set a connector's target state, and act on it."""
        connector.target_state = target_state
        judge(connector)
        requests = connector.request()
        if target_state is TargetState.STOPPED:
            requests.restart = True  # ends the incarnation; the target state prevents the next one
            self._make_way(connector)
            return
        if target_state is TargetState.RUNNING:
            requests.refresh = True
            requests.restart = connector.incarnation is None or connector.incarnation.connector is None
        self._pool.submit(connector)

    def stop(self, connector: ManagedConnector) -> None:
        """End the connector's incarnation, interrupting its work, and begin no other."""
        connector.request().stop = True
        self._make_way(connector)

    def fail_background_tasks(self, connector: ManagedConnector, method: str, error: Exception) -> None:
        """Fail a connector because of one of its background tasks, and cancel all of them."""
        incarnation = connector.incarnation
        if incarnation is not None:
            self._background.end(incarnation, f"{method} has used too much of the event loop")
            self._background.fail(connector, incarnation, method, error)

    @property
    def load(self) -> Load:
        """Amounts of work that wait and are in progress."""
        return self._pool.load

    def active_connectors(self) -> list[ManagedConnector]:
        """The connectors that have an incarnation."""
        return [connector for connector in self.connectors.values() if connector.state not in AT_AN_END]

    def _make_way(self, connector: ManagedConnector, *, urgent: bool = False) -> None:
        """Queue a connector for work, and cancel its work in progress unless it is disconnecting."""
        work = connector.work
        if work is None:
            self._pool.submit(connector, urgent=urgent)
        elif work.step != "disconnect":
            work.cancel(trio.current_time(), "something else is requested of the connector")

    def _raised(self, item: WorkItem[ManagedConnector], error: Exception) -> Failed | None:
        return self._caller.fail(item.subject, item.step, error)

    def _background_failed(self, connector: ManagedConnector, method: str, error: Exception) -> None:
        if (failed := self._caller.fail(connector, method, error)) is not None:
            self._follow_failure(connector, failed)

    def _finished(self, item: WorkItem[ManagedConnector], failed: Failed | None) -> bool:
        connector = item.subject
        if failed is not None:
            self._follow_failure(connector, failed)
        return connector.end_work(item)

    def _follow_failure(self, connector: ManagedConnector, failed: Failed) -> None:
        """Apply the restart policy to a connector that has become FAILED."""
        watch = self._watch_of(connector, failed.failure.kind)
        if watch is not None and isinstance(failed.cause, Exception):
            if connector.incarnation is not None:
                connector.incarnation.restart_awaits = watch.description
            watch.note_failure(WaitingConnector(self, connector), failed.cause)  # logs the outage, once for all
            return
        if connector.incarnation is not None:
            self._journal.failed(connector, connector.incarnation, failed.failure, failed.error)
        if connector.recovery is None:
            return
        decision = connector.recovery.after_failure(failed.failure.kind, trio.current_time())
        if decision.delay is None:
            connector.audit_log.record(
                recovery_messages.RESTARTS_EXHAUSTED, connector=connector.name, reason=decision.reason
            )
            return
        if connector.consecutive_failures == 1:
            connector.audit_log.record(
                recovery_messages.RESTART_PLANNED,
                connector=connector.name,
                seconds=f"{decision.delay:.3g}",
                reason=decision.reason,
            )
        self._plan_restart(self, connector, decision.delay)

    def _watch_of(self, connector: ManagedConnector, kind: FailureKind) -> DependencyWatch | None:
        """The watch of the shared dependency whose outage made a connector fail, if its restart policy is automatic."""
        if connector.recovery is None:
            return None
        if kind is FailureKind.METADATA_SERVER_UNAVAILABLE:
            return self.environment.watch
        if kind is FailureKind.THIRD_PARTY_UNAVAILABLE:
            return self.environment.daemon.endpoints.watch_of(connector.config.connection)
        return None


class WaitingConnector:
    """A connector that failed because a dependency is unavailable (`recovery.dependencies.Waiter`)."""

    def __init__(self, service: ServiceSupervisor, connector: ManagedConnector) -> None:
        self.name = connector.name
        self._service = service
        self._connector = connector
        self._incarnation = connector.incarnations

    @property
    def is_waiting(self) -> bool:
        """False if the connector has been restarted or stopped meanwhile."""
        connector = self._connector
        return (
            connector.incarnations == self._incarnation
            and connector.state is ConnectorState.FAILED
            and not connector.is_stopping
        )

    def restart(self) -> None:
        """Restart the connector, because the dependency is available again."""
        self._service.restart_by_policy(self._connector)

    async def restart_alone(self) -> bool:
        """Restart the connector and wait for its refresh; true if it did not fail, or was refused access."""
        connector, attempt = self._connector, Completion[ManagedConnector](1)
        connector.await_completion(attempt)
        self._service.restart_by_policy(connector)
        await attempt.wait(TRIAL_PATIENCE)
        return connector.failure is None or connector.failure.kind is FailureKind.AUTHORIZATION
