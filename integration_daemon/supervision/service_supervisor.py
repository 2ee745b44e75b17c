"""One integration service at work: a nursery, and a bounded set of tasks that attend to its connectors.

    submit ─▶ queue ─▶ a worker takes it: one Turn ─▶ Lifecycle.attend ─▶ finished, or back to the queue
                              │
                            watch: a deadline passed ─▶ cancel ─▶ grace passed ─▶ abandon

A worker keeps one cancel scope over many turns, since opening one costs more than all the rest of a short refresh;
a scope that was cancelled is thrown away with the turn it was cancelled for. A worker whose connector will not let
go is written off: the connector is taken away from it, and another worker takes its place.
"""

from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from time import perf_counter
from typing import Any

import trio

from audit.foreign import contained_error
from audit.log import Component
from integration_daemon.config.document import IntegrationConnectorConfig, RestartPolicy
from integration_daemon.supervision import messages
from integration_daemon.supervision.calls import as_async_call, contained
from integration_daemon.supervision.failure import MethodTimedOutError
from integration_daemon.supervision.hosted import HostedConnector, Standing, Turn
from integration_daemon.supervision.hosting import ServiceHosting
from integration_daemon.supervision.lifecycle import Lifecycle, TurnAbandonedError
from integration_daemon.supervision.restart_policy import AutomaticRestart
from integration_daemon.supervision.state import AT_AN_END, ConnectorState
from integration_daemon.supervision.wanted import Wanted
from services.framework.connector import optional_method
from services.framework.host import Listener

MOST_WORKERS = 256
"""Connectors of one service that may be at work at the same time, where its document does not say."""
SLICE = 0.001
"""Seconds that a worker goes from turn to turn before it lets others run: trio looks at I/O only then."""
WATCH_INTERVAL = 0.25
"""Seconds between looks at the deadlines of work in progress; there are none while nothing is in progress."""
LONG_AFTER = 1.0
"""Seconds after which work counts as long, and its place goes to another."""
MOST_LONG = 1_024
"""Connectors of one service that may have long work in progress; beyond that they keep their places. They always do
where a document sets the bound: whoever sets one means it."""
ENGAGE_PAUSE = 1.0
"""Seconds before an `engage` that returned is called again."""


class ServiceSupervisor:
    """Runs the connectors of one integration service."""

    def __init__(
        self,
        hosting: ServiceHosting,
        plan_restart: Callable[[HostedConnector, float], None],
        holds_back: Callable[[HostedConnector], bool],
    ) -> None:
        self.hosting = hosting
        self.connectors: list[HostedConnector] = []
        self._lifecycle = Lifecycle(hosting)
        self._places = hosting.daemon.places
        self._most_workers = hosting.config.refreshes_at_once or MOST_WORKERS
        self._most_long = MOST_LONG if hosting.config.refreshes_at_once is None and self._places is None else 0
        self._plan_restart = plan_restart
        self.holds_back = holds_back
        """Whether a connector that has held the event loop must wait for its next refresh."""
        self._queue: deque[HostedConnector] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._watching = trio.lowlevel.ParkingLot()
        self._turns: set[Turn] = set()
        self._workers = 0
        """Tasks that have a place: those with long work on their hands have given it up."""
        self._long = 0
        self._successors = 0
        """Workers that are about to run, because they were woken or stood back for a moment."""
        self._latest: trio.CancelScope | None = None
        """The scope of the worker that has begun the latest turn."""
        self._nursery: trio.Nursery | None = None

    def add(self, config: IntegrationConnectorConfig) -> HostedConnector:
        """Take a connector in, which has yet to be started."""
        component = Component(
            component_id=3,
            component_name=f"Integration connector {config.connector_name}",
            component_description=self.hosting.service.full_name,
        )
        audit_log = self.hosting.daemon.audit_log.child(component)
        hosted = HostedConnector(config, self, audit_log, self._recovery_of(config))
        self.connectors.append(hosted)
        self.hosting.daemon.endpoints.add(hosted)
        return hosted

    def change(self, hosted: HostedConnector, config: IntegrationConnectorConfig) -> None:
        """Give a connector another configuration, which counts from its restart on."""
        self.hosting.daemon.endpoints.remove(hosted)
        hosted.configure(config, self._recovery_of(config))
        self.hosting.daemon.endpoints.add(hosted)

    def remove(self, hosted: HostedConnector) -> None:
        """Forget a connector that was stopped."""
        self.hosting.daemon.endpoints.remove(hosted)
        self.connectors.remove(hosted)

    def _recovery_of(self, config: IntegrationConnectorConfig) -> AutomaticRestart | None:
        policy = config.restart_policy or self.hosting.restart_policy
        return self.hosting.recovery() if policy is RestartPolicy.AUTOMATIC else None

    def end(self) -> None:
        """Run no longer; its connectors have been stopped."""
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel(reason=f"{self.hosting.service.full_name} is not wanted any more")

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Attend to whatever is submitted, until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._watch, name=f"watch of {self.hosting.service.full_name}")
            task_status.started()

    def submit(self, hosted: HostedConnector, *, urgent: bool = False) -> None:
        """Have a connector attended to; what is wanted of it is in its own flags. What is urgent goes first."""
        if hosted.turn is not None or (hosted.queued and not urgent):
            return  # it will be looked at again when its turn ends
        if hosted.queued:
            self._queue.remove(hosted)
        hosted.queued = True
        if urgent:
            self._queue.appendleft(hosted)
        else:
            self._queue.append(hosted)
        if not self._successors:
            self._call_successor()

    def restart(self, hosted: HostedConnector, *, urgent: bool = False) -> None:
        """End the connector's incarnation, whatever it is doing, and begin the next one with a refresh."""
        hosted.quiet = False
        self._restart(hosted, urgent=urgent)

    def restart_by_policy(self, hosted: HostedConnector) -> None:
        """Restart a connector without an operator's word, and without another record for each of its steps."""
        hosted.quiet = True
        self._restart(hosted)

    def _restart(self, hosted: HostedConnector, *, urgent: bool = False) -> None:
        hosted.restarts += 1
        hosted.restart_wanted = hosted.refresh_wanted = True
        self._make_way(hosted, urgent=urgent)

    def want(self, hosted: HostedConnector, wanted: Wanted) -> None:
        """Have a connector run, rest or be disconnected from now on."""
        hosted.wanted = wanted
        if wanted is Wanted.STOPPED:
            hosted.restart_wanted = True  # which ends the incarnation, and then rests
            self._make_way(hosted)
            return
        if wanted is Wanted.RUNNING:
            hosted.refresh_wanted = True
            hosted.restart_wanted = hosted.connector is None
        self.submit(hosted)

    def stop(self, hosted: HostedConnector) -> None:
        """End the connector's incarnation, whatever it is doing."""
        hosted.stop_wanted = True
        self._make_way(hosted)

    def engage(self, hosted: HostedConnector) -> None:
        """Start the connector's `engage` in a task of its own, if it is configured to have one."""
        if not hosted.config.uses_blocking_calls or self._nursery is None:
            return
        method = optional_method(hosted.connector, "engage")
        if method is None:
            hosted.audit_log.record(messages.ENGAGE_NOT_IMPLEMENTED, connector=hosted.name)
            return
        hosted.engagement = Standing()
        hosted.enter(ConnectorState.ENGAGED)
        self._nursery.start_soon(self._engaged, hosted, hosted.engagement, method, name=f"engage of {hosted.name}")

    def listen(self, hosted: HostedConnector, listener: Listener) -> None:
        """Run a listener of the connector in a task of its own, until its incarnation ends."""
        if self._nursery is None:
            return
        standing = Standing()
        hosted.listeners += (standing,)
        self._nursery.start_soon(self._listening, hosted, standing, listener, name=f"listener of {hosted.name}")

    def recover(self, hosted: HostedConnector) -> None:
        """Do what the restart policy says about a connector that has just failed."""
        if hosted.recovery is None or hosted.failure is None:
            return
        decision = hosted.recovery.after_failure(hosted.failure.kind, trio.current_time())
        if decision.delay is None:
            hosted.audit_log.record(messages.RESTARTS_EXHAUSTED, connector=hosted.name, reason=decision.reason)
            return
        if hosted.consecutive_failures == 1:
            hosted.audit_log.record(
                messages.RESTART_PLANNED, connector=hosted.name, seconds=f"{decision.delay:.1f}", reason=decision.reason
            )
        self._plan_restart(hosted, decision.delay)

    def still_busy(self) -> Sequence[HostedConnector]:
        """Connectors that have not come to their end."""
        return [hosted for hosted in self.connectors if hosted.state not in AT_AN_END]

    def _make_way(self, hosted: HostedConnector, *, urgent: bool = False) -> None:
        turn = hosted.turn
        if turn is None:
            self.submit(hosted, urgent=urgent)
        elif turn.method != "disconnect":
            turn.cancel(trio.current_time(), "something else is wanted of the connector")

    async def _work(self) -> None:
        self._successors -= 1
        slice_ends = 0.0
        while self._workers <= self._most_workers:  # one that was long may come back to find its place taken
            turn: Turn | None = None
            try:
                with trio.CancelScope() as scope:
                    is_sound = True  # cheaper to know than to ask the scope, which looks at the clock
                    while is_sound and self._workers <= self._most_workers:
                        place, now = None, perf_counter()
                        if self._latest is not scope:  # it has waited, and others have run
                            slice_ends = now + SLICE
                        is_over = now >= slice_ends
                        if is_over or not self._queue or self._places is not None:
                            place = await self._place(makes_room=is_over)
                            slice_ends = perf_counter() + SLICE
                        turn = self._begin(self._take(), scope, place)
                        await self._lifecycle.attend(turn)
                        is_sound = turn.cancelled_at == inf
                        self._finish(turn)
                        turn = None
            except TurnAbandonedError:
                return
            except BaseException as error:  # raised beside the cancellation: no handler of the step has seen it
                if (contained := contained_error(error)) is None:
                    raise
                if turn is not None and turn.is_current:
                    self._lifecycle.mark_failed(turn.connector, turn.method, contained)
                    self._finish(turn)
                    turn = None
            if turn is not None:
                if not turn.is_current:
                    return
                self._lifecycle.interrupted(turn)
                self._finish(turn)
        self._workers -= 1

    async def _place(self, *, makes_room: bool) -> object | None:
        """Wait until there is something to do, and a place among all that the daemon does, if that is bounded.

        Only one worker at a time is about to run, or trio would run them all before it looks at I/O again. It
        calls its successor when it takes something, since that may block; after a slice it makes room for it.
        So each service has one worker that waits for a place: they get them in turn, however much is queued.
        """
        if makes_room:
            if self._successors:
                await self._stand_by()
            else:
                self._successors += 1
                await trio.lowlevel.checkpoint()
                self._successors -= 1
        while True:
            while not self._queue or (self._places is not None and self._successors):
                await self._stand_by()
            if self._places is None:
                return None
            place = object()
            self._successors += 1
            await self._places.acquire_on_behalf_of(place)
            self._successors -= 1
            if self._queue:
                return place
            self._places.release_on_behalf_of(place)

    def _take(self) -> HostedConnector:
        hosted = self._queue.popleft()
        hosted.queued = False
        if self._queue and not self._successors:
            self._call_successor()
        return hosted

    async def _stand_by(self) -> None:
        await self._idle.park()
        self._successors -= 1

    def _call_successor(self) -> None:
        if self._successors:
            return
        if self._idle:
            self._successors += 1
            self._idle.unpark()
        elif self._nursery is None or self._nursery.cancel_scope.cancel_called:
            return
        elif self._workers < self._most_workers:
            self._successors += 1
            self._workers += 1
            self._nursery.start_soon(self._work, name=f"worker of {self.hosting.service.full_name}")

    def _begin(self, hosted: HostedConnector, scope: trio.CancelScope, place: object | None) -> Turn:
        hosted.turn = turn = Turn(hosted, scope, place)
        self._turns.add(turn)
        self._latest = scope
        if self._watching:
            self._watching.unpark()
        return turn

    def _finish(self, turn: Turn) -> None:
        self._turns.discard(turn)
        if turn.place is not None and self._places is not None:
            self._places.release_on_behalf_of(turn.place)
        if turn.is_long:
            self._long -= 1
            self._workers += 1
        hosted = turn.connector
        hosted.turn = None
        for request in turn.requests:
            request.one_done()
        if (
            hosted.refresh_wanted
            or hosted.dry_run_wanted
            or hosted.restart_wanted
            or hosted.requests
            or (hosted.stop_wanted and hosted.state not in AT_AN_END)
        ):
            self.submit(hosted)

    async def _watch(self) -> None:
        while True:
            if not self._turns:
                await self._watching.park()
            await trio.sleep(WATCH_INTERVAL)
            now = trio.current_time()
            for turn in list(self._turns):
                if turn.deadline is None:
                    turn.deadline = now + turn.seconds
                    turn.seen = turn.seen or now
                elif not turn.is_long and now - turn.seen >= LONG_AFTER and self._long < self._most_long:
                    self._give_place(turn)
                if turn.deadline <= now and turn.cancelled_at > now:
                    turn.timed_out = True
                    turn.cancel(now, f"{turn.method} did not finish within {turn.seconds:g} seconds")
                elif turn.cancelled_at + turn.connector.config.disconnect_deadline_seconds <= now:
                    self._abandon(turn)

    def _give_place(self, turn: Turn) -> None:
        """Work that takes long does not keep quick work waiting: another worker may take its place."""
        turn.is_long = True
        self._long += 1
        self._workers -= 1
        if self._queue:
            self._call_successor()

    def _abandon(self, turn: Turn) -> None:
        """Take the connector away from work that will not let go; another worker may take its place."""
        hosted = turn.connector
        self._lifecycle.log_abandoned(turn)
        if hosted.context is not None:
            hosted.context.close()
        if turn.timed_out and hosted.state is not ConnectorState.STOPPING:
            self._lifecycle.mark_failed(
                hosted, turn.method, MethodTimedOutError(hosted.name, turn.method, turn.seconds)
            )
        elif hosted.state is ConnectorState.STOPPING:
            self._lifecycle.close(hosted)
        self._workers -= 1
        self._finish(turn)

    async def _engaged(self, hosted: HostedConnector, engagement: Standing, method: Callable[[], Any]) -> None:
        inserts = {"connector": hosted.name, "daemon": self.hosting.daemon.name}
        hosted.audit_log.record(messages.ENGAGE_STARTED, **inserts)
        try:
            with engagement.scope:
                call = as_async_call(method, self.hosting.threads)
                while True:
                    await contained(call)
                    hosted.audit_log.record(messages.ENGAGE_RETURNED, seconds=f"{ENGAGE_PAUSE:g}", **inserts)
                    await trio.sleep(ENGAGE_PAUSE)
        except BaseException as error:
            if (failure := contained_error(error)) is None:
                raise
            if hosted.engagement is engagement:
                hosted.engagement = None
                self._standing_failed(hosted, "engage", failure)
        finally:
            engagement.ended.set()
            hosted.audit_log.record(messages.ENGAGE_ENDED, **inserts)

    async def _listening(self, hosted: HostedConnector, standing: Standing, listener: Listener) -> None:
        try:
            with standing.scope:
                await contained(as_async_call(listener, self.hosting.threads))
        except BaseException as error:
            if (failure := contained_error(error)) is None:
                raise
            if standing in hosted.listeners:
                self._standing_failed(hosted, "listener", failure)
        finally:
            standing.ended.set()
            hosted.listeners = tuple(each for each in hosted.listeners if each is not standing)

    def end_background_tasks(self, hosted: HostedConnector, method: str, error: Exception) -> None:
        """Fail a connector for one of the tasks beside its methods, and cancel them."""
        for each in (hosted.engagement, *hosted.listeners):
            if each is not None:
                each.scope.cancel(reason=f"{method} has had too much of the event loop")
        self._standing_failed(hosted, method, error)

    def _standing_failed(self, hosted: HostedConnector, what: str, error: Exception) -> None:
        if hosted.turn is not None and hosted.state is not ConnectorState.STOPPING:
            # what is under way fails with it
            hosted.turn.cancel(trio.current_time(), f"{what} has failed")
        self._lifecycle.mark_failed(hosted, what, error)
