"""The fault matrix: every method of a connector, and everything bad that it can do.

For each, the same four things hold: the other connectors go on, the status says what happened, a restart works
afterwards, and the daemon stops within its deadline.
"""

import time
from collections.abc import Awaitable, Callable
from threading import Event

import pytest
import trio
from trio.testing import MockClock

from integration_daemon.supervision.failure import FailureKind
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Rig,
    Script,
    Scripted,
    connection_to,
    running,
    scripted,
)

METHODS = ("initialize", "start", "refresh", "engage", "disconnect")
MINUTE = 60.0

Fault = Callable[[Scripted], Awaitable[None]]


async def raises(connector: Scripted) -> None:
    raise ValueError("broken")


async def raises_a_group(connector: Scripted) -> None:
    raise ExceptionGroup("several", [ValueError("broken"), OSError("broken too")])


async def ends_the_process(connector: Scripted) -> None:
    raise SystemExit(1)


async def awaits_for_ever(connector: Scripted) -> None:
    await trio.sleep_forever()


async def suppresses_cancellation(connector: Scripted) -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(45)  # beyond its grace, but not beyond the test's patience


async def raises_when_cancelled(connector: Scripted) -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise RuntimeError("while letting go")


async def leaves_tasks_behind(connector: Scripted) -> None:
    for _ in range(10):
        trio.lowlevel.spawn_system_task(trio.sleep, 1)
    raise ValueError("broken")


async def holds_the_loop(connector: Scripted) -> None:
    time.sleep(0.05)  # noqa: ASYNC251 - that is the fault
    raise ValueError("broken")


RAISING = (raises, raises_a_group, ends_the_process, leaves_tasks_behind, holds_the_loop)
HANGING = (awaits_for_ever, suppresses_cancellation, raises_when_cancelled)
KINDS: dict[Fault, FailureKind] = {
    **dict.fromkeys(RAISING, FailureKind.DEFECT),
    **dict.fromkeys(HANGING, FailureKind.TIMEOUT),
    raises_when_cancelled: FailureKind.DEFECT,
    raises_a_group: FailureKind.DEFECT,
}


@pytest.mark.parametrize("fault", [*RAISING, *HANGING], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("method", METHODS)
async def test_one_bad_connector_harms_no_other(method: str, fault: Fault, autojump_clock: MockClock) -> None:
    script = Script()
    setattr(script, method, _the_first_time(fault))
    bad = scripted(
        "bad", script, uses_blocking_calls=method == "engage", refresh_time_interval=1,
        start_deadline_seconds=20, refresh_deadline_seconds=20, disconnect_deadline_seconds=5,
    )  # fmt: skip
    others = [scripted(f"good {number}", refresh_time_interval=1) for number in range(5)]
    async with running(bad, *others, stop_deadline=30) as rig:
        await trio.sleep(5.5 * MINUTE)
        for other in others:
            assert SCRIPTS[other.connector_name].calls.count("refresh") == 6
            assert rig.report(other.connector_name).failure is None
        _says_what_happened(rig, method, fault)

        await rig.daemon.restart(connector="bad")
        await trio.sleep(MINUTE)
        assert rig.state("bad") == ("ENGAGED" if method == "engage" else "WAITING")
        began = trio.current_time()

    assert trio.current_time() - began <= 31
    assert rig.said()[-1].startswith("INTEGRATION-DAEMON-SERVICES-0026")


def _says_what_happened(rig: Rig, method: str, fault: Fault) -> None:
    report = rig.report("bad")
    if method == "disconnect" or (method == "engage" and fault in HANGING):
        assert report.failure is None  # it has not been asked to let go yet, or is meant to take its time
        return
    assert report.state.label == "FAILED"
    assert report.failure is not None
    assert (report.failure.kind, report.failure.method) == (KINDS[fault], method)
    assert rig.said("SERVICES-0031")


def _the_first_time(fault: Fault) -> Fault:
    done: list[bool] = []

    async def step(connector: Scripted) -> None:
        if not done:
            done.append(True)
            await fault(connector)
        elif connector.script.engage is step:
            await trio.sleep_forever()

    return step


RELEASE = Event()


class Blocking(Scripted):
    """Blocks its worker thread."""

    def refresh(self) -> None:  # type: ignore[override]
        RELEASE.wait(30)


async def test_blocked_threads_of_one_service_leave_the_loop_and_others_alone() -> None:
    """Threads cannot be cancelled: they are left behind, and the daemon stops all the same."""
    blocked = [
        scripted(f"blocked {number}", connection=connection_to(Blocking), disconnect_deadline_seconds=0.2)
        for number in range(3)
    ]
    try:
        async with running(*blocked, scripted("good"), stop_deadline=3) as rig:
            with trio.fail_after(10):
                await rig.daemon.refresh(connector="good")
            assert rig.state("good") == "WAITING"
            assert {rig.state(f"blocked {number}") for number in range(3)} == {"REFRESHING"}
        assert len(rig.said("SERVICES-0071")) == 3
    finally:
        RELEASE.set()
