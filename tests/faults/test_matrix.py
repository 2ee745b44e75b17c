"""The fault matrix: every method of a connector with every kind of fault.

In each case, the other connectors continue, the status shows the failure, a restart works
afterwards, and the daemon stops within its deadline.
"""

import time
from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from integration_daemon.supervision import operations
from integration_daemon.supervision.recovery.failure import FailureKind
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Rig,
    Script,
    Scripted,
    running,
    scripted,
)

METHODS = ("initialize", "start", "refresh", "engage", "disconnect", "listener", "context call")
BESIDE = ("engage", "listener")
"""The methods without a time limit."""
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
        await trio.sleep(45)  # longer than the grace period, but shorter than the test waits


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


async def hoards_memory(connector: Scripted) -> None:
    connector.__dict__["hoard"] = bytearray(64 << 20)
    raise MemoryError


RAISING = (raises, raises_a_group, ends_the_process, leaves_tasks_behind, holds_the_loop, hoards_memory)
HANGING = (awaits_for_ever, suppresses_cancellation, raises_when_cancelled)
KINDS: dict[Fault, FailureKind] = {
    **dict.fromkeys(RAISING, FailureKind.DEFECT),
    **dict.fromkeys(HANGING, FailureKind.TIMEOUT),
    raises_when_cancelled: FailureKind.DEFECT,
    raises_a_group: FailureKind.DEFECT,
}


@pytest.mark.parametrize("fault", [*RAISING, *HANGING], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("method", METHODS)
async def test_one_bad_connector_does_not_harm_others(method: str, fault: Fault, autojump_clock: MockClock) -> None:
    script = _script_of(method, _the_first_time(fault))
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

        await operations.restart(rig.daemon, connector="bad")
        await trio.sleep(MINUTE)
        assert rig.state("bad") == ("ENGAGED" if method == "engage" else "WAITING")
        began = trio.current_time()

    assert trio.current_time() - began <= 31
    assert rig.said()[-1].startswith("INTEGRATION-DAEMON-SERVICES-0026")


def _says_what_happened(rig: Rig, method: str, fault: Fault) -> None:
    report = rig.report("bad")
    if method == "disconnect" or (method in BESIDE and fault in HANGING):
        assert report.failure is None  # `disconnect` has not been called yet, or the method may take this long
        return
    assert report.state.label == "FAILED"
    assert report.failure is not None
    where = "refresh" if method == "context call" else method
    assert (report.failure.kind, report.failure.method) == (KINDS[fault], where)
    assert rig.said("SERVICES-0031")


def _script_of(method: str, fault: Fault) -> Script:
    """A script whose method has the fault, or has it while it reports elements."""

    async def in_a_context_call(connector: Scripted) -> None:
        async with connector.context.reconcile("/") as catalog:
            await catalog.put([to_put(DataFile(qualified_name="a"), source_key="/a")])
            await fault(connector)

    script = Script()
    setattr(script, *("refresh", in_a_context_call) if method == "context call" else (method, fault))
    return script


def _the_first_time(fault: Fault) -> Fault:
    done: list[bool] = []

    async def step(connector: Scripted) -> None:
        if not done:
            done.append(True)
            await fault(connector)
        elif connector.script.engage is step or connector.script.listener is step:
            await trio.sleep_forever()

    return step


async def test_a_listener_ends_with_its_incarnation(autojump_clock: MockClock) -> None:
    ended: list[float] = []

    async def listener(connector: Scripted) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(trio.current_time())

    script = Script(listener=listener)
    async with running(scripted("a", script)) as rig:
        await trio.sleep(MINUTE)
        assert ended == []
        await operations.restart(rig.daemon, connector="a")
        assert len(ended) == 1
        await trio.sleep(1)
        assert script.calls.index("disconnect") == 4
        assert sorted(script.calls[5:]) == ["initialize", "listener", "refresh", "start"]
    assert len(ended) == 2


async def test_a_spinning_connector_shares_the_loop(mock_clock: MockClock) -> None:
    """A connector that is always busy but yields to other tasks is stopped at its deadline."""

    async def spins(connector: Scripted) -> None:
        while True:
            await trio.lowlevel.checkpoint()

    mock_clock.rate = 100
    bad = scripted("bad", Script(refresh=_the_first_time(spins)), refresh_deadline_seconds=30)
    async with running(bad, scripted("good", refresh_time_interval=0.1)) as rig:
        await trio.sleep(MINUTE)
        assert SCRIPTS["good"].calls.count("refresh") >= 5
        failure = rig.report("bad").failure
        assert failure is not None
        assert failure.kind is FailureKind.TIMEOUT
        await operations.restart(rig.daemon, connector="bad")
        assert rig.state("bad") == "WAITING"
