"""A connector that holds the event loop gets a limited share of it, and other tasks continue."""

import time
from collections.abc import Awaitable, Callable

import pytest
import trio

from integration_daemon.supervision import operations
from integration_daemon.supervision.dispatch.loop_share import (
    FORGOTTEN_AFTER,
    LONGEST_POSTPONEMENT,
    MOST_POSTPONEMENTS,
    LoopShare,
)
from integration_daemon.supervision.isolation.loop_guard import loop_use
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from tests.integration_daemon.supervision.rig import Rig, Script, Scripted, connection_to, running, scripted, until

HOLD = 0.4
"""Seconds: the watchdog sees it, on a machine of any speed."""


@pytest.mark.parametrize(
    ("holds", "now", "postponed_until"),
    [
        ([], 0.0, None),
        ([(20.0, 20.0)], 20.0, None),  # the first second is tolerated
        ([(20.0, 20.0), (1.0, 300.0)], 300.0, 309.0),  # one second is paid off ten seconds after it began
        ([(20.0, 20.0), (20.0, 40.0)], 40.0, 400.0),
        ([(20.0, 20.0), (20.0, 40.0)], 400.0, None),
        ([(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], 3.0, 30.0),
        ([(1.0, 1.0), (1.0, 2.0 + FORGOTTEN_AFTER)], 2.0 + FORGOTTEN_AFTER, None),
        ([(900.0, 900.0), (900.0, 1800.0)], 1800.0, 1800.0 + LONGEST_POSTPONEMENT),
    ],
)
def test_a_connector_may_use_a_tenth_of_the_event_loop(
    holds: list[tuple[float, float]], now: float, postponed_until: float | None
) -> None:
    share = LoopShare()
    for seconds, end in holds:
        share.add(seconds, end)
    until = share.postponed_until(now)
    assert until == (None if postponed_until is None else pytest.approx(postponed_until))


def test_a_connector_uses_far_too_much_if_it_owes_much_time_or_was_often_put_off() -> None:
    share = LoopShare()
    share.add(20.0, 20.0)
    assert not share.is_far_exceeded(20.0)
    share.add(20.0, 40.0)
    assert share.is_far_exceeded(40.0)

    share, now = LoopShare(), 0.0
    share.add(1.0, now)
    for rest in range(MOST_POSTPONEMENTS + 1):
        assert not share.is_far_exceeded(now)
        now += 10.0 * rest + 1.0
        share.add(1.0, now)
        due = share.postponed_until(now)
        assert due is not None
        share.count_postponement(due)
        share.count_postponement(due)  # requested again meanwhile
    assert share.is_far_exceeded(now)
    share.is_isolated = True
    assert not share.is_far_exceeded(now)


async def holds_the_loop(connector: Scripted) -> None:
    time.sleep(HOLD)  # noqa: ASYNC251 - that is the fault


async def holds_it_in_a_task_of_its_own(connector: Scripted) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(holds_the_loop, connector)


def is_put_off(rig: Rig) -> bool:
    use = loop_use(rig.daemon.connector("bad"))
    return use is not None and use.put_off_until is not None


@pytest.mark.parametrize("fault", [holds_the_loop, holds_it_in_a_task_of_its_own], ids=lambda fault: fault.__name__)
async def test_a_connector_that_holds_the_loop_is_put_off_and_the_operator_is_told(
    fault: Callable[[Scripted], Awaitable[None]],
) -> None:
    script = Script(refresh=fault)
    bad = scripted("bad", script, refresh_time_interval=0.001)
    async with running(bad, scripted("good", refresh_time_interval=0.001)) as rig:
        await until(lambda: bool(rig.said("SERVICES-0090")))
        assert is_put_off(rig)
        (told,) = rig.said("SERVICES-0090")
        assert "bad is put off for" in told
        assert "may use 10% of its time" in told
        calls = script.calls.count("refresh")
        next_due = rig.report("bad").next_due
        assert next_due is not None
        assert next_due > time.time() + 1
        before = rig.refreshes("good")
        await until(lambda: rig.refreshes("good") > before + 3)
        assert script.calls.count("refresh") == calls
        await operations.refresh(rig.daemon, connector="bad")  # an operator's request takes precedence
        assert script.calls.count("refresh") == calls + 1
        assert rig.state("bad") == "WAITING"


async def test_a_refresh_requested_by_a_listener_is_put_off() -> None:
    async def asks_for_more(connector: Scripted) -> None:
        while True:
            connector.context.ask_for_refresh()
            await trio.sleep(0.01)

    script = Script(refresh=holds_the_loop, listener=asks_for_more)
    async with running(scripted("bad", script), scripted("good", refresh_time_interval=0.001)) as rig:
        await until(lambda: is_put_off(rig) and bool(rig.said("SERVICES-0090")))
        calls = script.calls.count("refresh")
        before = rig.refreshes("good")
        await until(lambda: rig.refreshes("good") > before + 3)
        assert script.calls.count("refresh") == calls
        assert rig.report("bad").next_due is not None


class HoldsTheLoop(FilesIntegratorConnector):
    """A connector that blocks the thread it runs on."""

    provider = ConnectorProvider(description="Blocks.")

    async def refresh(self) -> None:
        time.sleep(HOLD)  # noqa: ASYNC251 - that is the fault


async def test_automatic_restart_moves_a_connector_that_holds_the_loop_to_its_own_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integration_daemon.supervision.dispatch.loop_share.MOST_OWED", 1.0)
    bad = scripted("bad", connection=connection_to(HoldsTheLoop), refresh_time_interval=0.001)
    async with running(bad, scripted("good"), recovery=AutomaticRestart) as rig:
        await until(lambda: bool(rig.said("SERVICES-0091")))
        await until(lambda: rig.report("bad").lane == "process" and rig.report("bad").incarnation == 2)
        await until(lambda: rig.refreshes("bad") > 3)  # at its own interval again
        assert rig.report("bad").failure is None
        use = loop_use(rig.daemon.connector("bad"))
        assert use is not None
        assert use.moved_to_process
        assert use.put_off_until is None


@pytest.mark.parametrize("method", ["engage", "listener"])
async def test_a_background_task_that_holds_the_loop_is_ended(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration_daemon.supervision.dispatch.loop_share.MOST_OWED", 1.0)

    async def holds_it_again_and_again(connector: Scripted) -> None:
        while True:
            await holds_the_loop(connector)
            await trio.sleep(0.01)

    script = Script()
    setattr(script, method, holds_it_again_and_again)
    async with running(scripted("bad", script, uses_blocking_calls=method == "engage"), scripted("good")) as rig:
        await until(lambda: rig.state("bad") == "FAILED")
        failure = rig.report("bad").failure
        assert failure is not None
        assert failure.method == method
        assert "has held the event loop" in failure.message
        setattr(script, method, None)
        await operations.restart(rig.daemon, connector="bad")
        await until(lambda: rig.state("bad") in ("WAITING", "ENGAGED"))
