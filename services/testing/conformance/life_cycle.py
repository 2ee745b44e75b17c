"""Conformance tests of the life cycle: methods in order, cancelled and restarted, without leftovers."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from services.framework.connector import connector_class_problem
from services.testing.conformance.checks import check
from services.testing.conformance.suite import CALLS, Suite
from services.testing.leftovers import Leftovers
from services.testing.running import service_for
from services.testing.trial import Trial

MOMENTS = (0, 1, 2, 5, 20, 100)
"""Numbers of turns of the event loop after which a method is cancelled."""


class LifeCycleConformance(Suite):
    """Tests of the life cycle."""

    def test_the_class_can_be_offered(self) -> None:
        problem = connector_class_problem(self.connector_class)
        check(not problem, f"the daemon cannot offer {self.connector_class.__qualname__}: {problem}")
        service_for(self.connector_class)

    def test_life_cycle(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            async with trial.incarnation() as running:
                await trial.call(running, "refresh")
                outcome = running.connector.context.store.take_outcome()
                rejected = outcome.rejected if outcome is not None else []
                check(not rejected, f"the store rejected what refresh stated: {rejected}")
            found, least = len(await trial.names()), self.elements
            check(found >= least, f"refresh catalogued {found} elements of a third party that has {least} or more")

        self.run(tmp_path, story)

    def test_disconnect_without_a_start(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            async with trial.incarnation(begin=False) as running:
                await trial.call(running, "initialize")

        self.run(tmp_path, story)

    def test_disconnect_after_a_failed_start(self, tmp_path: Path) -> None:
        """`disconnect` is called once for each `initialize`, whatever the result of `start`."""

        async def failed_start(trial: Trial) -> None:
            for connection in (*self.wrong_connections(), self.connection()):
                async with trial.incarnation(begin=False, connection=connection) as running:
                    await trial.call(running, "initialize")
                    await trial.errors_of(partial(running.call, "start"))

        async def story(trial: Trial) -> None:
            await trio.to_thread.run_sync(self.make_unavailable)
            await failed_start(trial)

        self.run(tmp_path, failed_start)
        self.run(tmp_path, story)

    def test_restart(self, tmp_path: Path) -> None:
        """A new incarnation works after a complete, a cancelled, or an unsuccessfully started one."""

        async def story(trial: Trial) -> None:
            await trial.refreshed()
            await trial.cancelled("refresh", 1)
            for connection in self.wrong_connections():
                await trial.errors_of(partial(trial.refreshed, connection))
            before, _ = await trial.changes_after(0)
            await trio.to_thread.run_sync(self.change)
            await trial.refreshed()
            _, changes = await trial.changes_after(before)
            check(changes, "a restarted connector did not catalogue a change: keep nothing from one run for the next")

        self.run(tmp_path, story)

    def test_initialize_can_be_cancelled(self, tmp_path: Path) -> None:
        self._cancel(tmp_path, "initialize")

    def test_start_can_be_cancelled(self, tmp_path: Path) -> None:
        self._cancel(tmp_path, "start")

    def test_refresh_can_be_cancelled(self, tmp_path: Path) -> None:
        self._cancel(tmp_path, "refresh")

    def test_engage_can_be_cancelled(self, tmp_path: Path) -> None:
        self._cancel(tmp_path, "engage")

    def test_disconnect_can_be_cancelled(self, tmp_path: Path) -> None:
        self._cancel(tmp_path, "disconnect")

    def test_a_cancelled_refresh_writes_nothing_more(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            for number in range(1, CALLS):
                was_cancelled = await trial.cancelled("refresh", number)
                writes = trial.writes_after_cancel
                check(
                    not writes,
                    f"refresh, or a task or thread of its own, wrote {writes} batches after it had been cancelled: "
                    "write nothing while trio.Cancelled passes, and start nothing that outlives the call",
                )
                if not was_cancelled:
                    break

        self.run(tmp_path, story)

    def test_no_task_is_left(self, tmp_path: Path) -> None:
        self._leave_nothing(tmp_path, lambda left: left.tasks, "tasks", "start tasks by context.listen alone")

    def test_no_thread_is_left(self, tmp_path: Path) -> None:
        self._leave_nothing(tmp_path, lambda left: left.threads, "threads", "end each thread in disconnect")

    def test_no_descriptor_is_left(self, tmp_path: Path) -> None:
        self._leave_nothing(tmp_path, lambda left: left.descriptors, "descriptors", "close in disconnect what is open")

    def _cancel(self, tmp_path: Path, method: str) -> None:
        async def story(trial: Trial) -> None:
            for turns in MOMENTS:
                if not await trial.cancelled(method, partial(_some_turns, turns)):
                    break

        self.run(tmp_path, story)

    def _leave_nothing(
        self, tmp_path: Path, kind: Callable[[Leftovers], tuple[str, ...]], name: str, advice: str
    ) -> None:
        async def whole_life(trial: Trial) -> None:
            async with trial.incarnation() as running:
                running.engage()
                await trial.call(running, "refresh")

        async def lives(trial: Trial) -> None:
            await whole_life(trial)
            await trial.cancelled("refresh", 1)
            for connection in self.wrong_connections():
                await trial.errors_of(partial(trial.refreshed, connection))

        async def story(trial: Trial) -> None:
            left = kind(await trial.leftovers_of(partial(lives, trial)))
            check(not left, f"the connector left {name} behind after disconnect: {', '.join(left)}; {advice}")
            await trio.to_thread.run_sync(self.make_unavailable)
            left = kind(await trial.leftovers_of(partial(trial.errors_of, partial(whole_life, trial))))
            when = "disconnect, where the third party was unavailable"
            check(not left, f"the connector left {name} behind after {when}: {', '.join(left)}; {advice}")

        self.run(tmp_path, story)


async def _some_turns(turns: int, ended: trio.Event) -> None:
    for _ in range(turns):
        if not ended.is_set():
            await trio.lowlevel.checkpoint()
