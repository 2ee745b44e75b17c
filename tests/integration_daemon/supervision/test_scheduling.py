"""The scheduling of refreshes: intervals, limits and precedence."""

import time
from collections import Counter

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.supervision import operations
from integration_daemon.supervision import service as service_module
from integration_daemon.supervision.dispatch import worker_pool
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Script,
    Scripted,
    once,
    running,
    scripted,
    waits,
)

MINUTE = 60.0


class Crowd:
    """Counts the connectors at work at the same time, and records the order in which they began."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0
        self.most = 0
        self.began: list[str] = []

    async def work(self, connector: Scripted) -> None:
        self.began.append(connector.connector_name)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await trio.sleep(self.seconds)
        finally:
            self.now -= 1


async def test_every_refresh_is_logged_when_it_begins_and_ends(autojump_clock: MockClock) -> None:
    async with running(scripted("a", refresh_time_interval=1)) as rig:
        await trio.sleep(1.5 * MINUTE)
        assert rig.said("SERVICES-0042") == [
            "INTEGRATION-DAEMON-SERVICES-0042 The integration daemon exchangeDL01 is refreshing integration connector a"
        ]
        assert [text.rpartition(" after ")[0] for text in rig.said("SERVICES-0043")] == [
            "INTEGRATION-DAEMON-SERVICES-0043 The integration connector a has completed its refresh in integration "
            "daemon exchangeDL01"
        ] * 2


async def test_a_fixed_rhythm_does_not_drift_with_long_refreshes(autojump_clock: MockClock) -> None:
    times: list[float] = []

    async def refresh(connector: Scripted) -> None:
        times.append(trio.current_time())
        await trio.sleep(30)

    async with running(scripted("a", Script(refresh=refresh), refresh_time_interval=1)):
        await trio.sleep(5 * MINUTE + 1)

    assert [round(time - times[0], 3) for time in times] == [0, 60, 120, 180, 240, 300]


async def test_refreshes_that_become_due_within_a_millisecond_begin_together(autojump_clock: MockClock) -> None:
    times: list[float] = []

    async def refresh(connector: Scripted) -> None:
        times.append(trio.current_time())

    crowd = [scripted(f"c{number}", Script(refresh=refresh), refresh_time_interval=1) for number in range(100)]
    async with running(*crowd) as rig:
        times.clear()
        due = [connector.next_due for connector in rig.daemon.connectors]
        await trio.sleep(MINUTE + 1)

    assert len(set(due)) == 100  # their rhythms begin one after the other, within 10 milliseconds
    assert len(set(times)) <= 11
    late = [time - beat for time, beat in zip(times, due, strict=True) if beat is not None]
    assert 0 <= min(late) <= max(late) < 0.002


async def test_requests_during_a_refresh_are_merged_into_one_more_refresh(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(refresh=waits(10)))) as rig:
        await trio.sleep(11)
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(operations.refresh, rig.daemon)
                await wait_all_tasks_blocked()

        assert SCRIPTS["a"].calls.count("refresh") == 3  # at the start, for the first request, and for the other four


async def test_a_connector_is_refreshed_once_at_a_time(autojump_clock: MockClock) -> None:
    at_once: list[int] = [0]

    async def refresh(connector: Scripted) -> None:
        at_once[0] += 1
        assert at_once[0] == 1
        await trio.sleep(90)
        at_once[0] -= 1

    async with running(scripted("a", Script(refresh=refresh), refresh_time_interval=1)) as rig:
        await trio.sleep(10 * MINUTE)
        assert rig.report("a").failure is None


async def test_a_request_waits_a_limited_time_for_its_work(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(refresh=once(waits(100))))) as rig:
        began = trio.current_time()
        await operations.refresh(rig.daemon)
        assert trio.current_time() - began == pytest.approx(20)
        await trio.sleep(100)
        assert SCRIPTS["a"].calls.count("refresh") == 2


async def test_work_that_began_before_a_request_does_not_answer_it(autojump_clock: MockClock) -> None:
    many = [scripted(f"c {number}") for number in range(600)]
    async with running(*many, scripted("last", Script(refresh=waits(1)))) as rig:
        await trio.sleep(2)
        rig.context("last").ask_for_refresh()  # it begins while the request is passed to the connectors
        await operations.restart(rig.daemon)
        last = rig.report("last")
        assert (last.state.label, last.incarnation) == ("WAITING", 2)
        assert SCRIPTS["last"].calls[-2:] == ["start", "refresh"]


async def test_other_tasks_run_between_refreshes_that_hold_the_loop() -> None:
    rounds = 0
    seen: list[int] = []

    async def refresh(connector: Scripted) -> None:
        seen.append(rounds)
        began = time.perf_counter()
        while time.perf_counter() - began < worker_pool.SLICE:
            pass

    async def look(until: trio.Event) -> None:
        nonlocal rounds
        while not until.is_set():
            rounds += 1
            await trio.lowlevel.checkpoint()

    async with (
        running(*[scripted(f"c {number}", Script(refresh=refresh)) for number in range(20)]) as rig,
        trio.open_nursery() as nursery,
    ):
        seen.clear()
        done = trio.Event()
        nursery.start_soon(look, done)
        await operations.refresh(rig.daemon)
        done.set()
    assert max(Counter(seen).values()) <= 2  # one before and one after a turn of `look`
    assert len(seen) == 20


async def test_long_work_gives_its_slot_to_quick_work(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_WORKERS", 4)
    slow = [scripted(f"slow {number}", Script(refresh=waits(600)), refresh_time_interval=1) for number in range(20)]
    quick = [scripted(f"quick {number}", refresh_time_interval=1) for number in range(20)]
    async with running(*slow, *quick) as rig:
        await trio.sleep(5 * MINUTE)
        assert {SCRIPTS[f"slow {number}"].calls.count("refresh") for number in range(20)} == {1}
        assert min(SCRIPTS[f"quick {number}"].calls.count("refresh") for number in range(20)) >= 4
        await trio.sleep(60 * MINUTE)
        assert {rig.state(f"quick {number}") for number in range(20)} == {"WAITING"}
        assert min(SCRIPTS[f"slow {number}"].calls.count("refresh") for number in range(20)) >= 5


async def test_an_operators_request_goes_before_the_queue(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_WORKERS", 1)
    order: list[str] = []

    async def refresh(connector: Scripted) -> None:
        order.append(connector.connector_name)
        await trio.sleep(0.1)

    names = [f"c{number}" for number in range(10)]
    async with running(*(scripted(name, Script(refresh=refresh)) for name in names)) as rig:
        await trio.sleep(10)
        order.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(operations.refresh, rig.daemon)
            await wait_all_tasks_blocked()
            await operations.refresh(rig.daemon, connector="c9")
        assert order[:2] == ["c0", "c9"]


@pytest.mark.parametrize(("at_once", "service_at_once"), [(3, None), (None, 3)])
@pytest.mark.parametrize("seconds", [0.1, 30])
async def test_long_work_keeps_to_the_limits_of_the_document(
    at_once: int | None, service_at_once: int | None, seconds: float, autojump_clock: MockClock
) -> None:
    crowd = Crowd(seconds)
    configs = [scripted(f"c{n}", Script(refresh=crowd.work)) for n in range(30)]
    async with running(*configs, at_once=at_once, service_at_once=service_at_once) as rig:
        await trio.sleep(11 * seconds)
        assert crowd.most == 3
        assert len(crowd.began) == 30
        await operations.restart(rig.daemon, connector="c0")
        assert len(crowd.began) == 31


async def test_services_take_turns_under_the_limit_of_the_daemon(autojump_clock: MockClock) -> None:
    crowd = Crowd(1)
    many = [scripted(f"many {n}", Script(refresh=crowd.work)) for n in range(100)]
    few = [scripted(f"few {n}", Script(refresh=crowd.work)) for n in range(10)]
    async with running(*many, second_service=few, at_once=2):
        await trio.sleep(200)
        assert len(crowd.began) == 110
        assert sum(name.startswith("few") for name in crowd.began[:22]) == 10


async def test_abandoned_work_gives_its_slot_back(autojump_clock: MockClock) -> None:
    async def never_lets_go(connector: Scripted) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(3600)

    bad = scripted("bad", Script(refresh=never_lets_go), refresh_deadline_seconds=1, disconnect_deadline_seconds=1)
    async with running(bad, scripted("good", refresh_time_interval=1), at_once=1) as rig:
        await trio.sleep(5.5 * MINUTE)
        assert SCRIPTS["good"].calls.count("refresh") >= 5
        assert rig.report("bad").abandoned == 1
        await trio.sleep(3600)


async def test_jitter_delays_single_refreshes_and_keeps_the_schedule(autojump_clock: MockClock) -> None:
    times: list[float] = []

    async def note(connector: Scripted) -> None:
        times.append(trio.current_time())

    async with running(scripted("a", Script(refresh=note), refresh_time_interval=1, refresh_jitter_seconds=20)):
        began = trio.current_time()
        await trio.sleep(100 * MINUTE + 30)
    delays = [when - began - beat * MINUTE for beat, when in enumerate(times[1:], 1)]
    assert len(delays) == 100
    assert all(-0.1 <= delay <= 20.1 for delay in delays)
    assert max(delays) - min(delays) > 5
