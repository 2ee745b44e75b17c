"""The state machine of a connector under arbitrary sequences of actions of operators, the clock and the connector."""

import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.state import AT_AN_END, ConnectorState
from integration_daemon.supervision.connector.status import report_of
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from tests.integration_daemon.supervision.rig import Rig, Script, Scripted, Step, running, scripted

METHODS = st.sampled_from(["initialize", "start", "refresh", "engage", "disconnect"])
FAULTS = st.sampled_from(["raise", "hang", "shield", "slow"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sleep"), st.sampled_from([0.0, 0.3, 7.0, 70.0, 400.0])),
        st.tuples(st.sampled_from(["refresh", "restart"]), st.none()),
        st.tuples(st.just("want"), st.sampled_from(list(TargetState))),
        st.tuples(st.just("fault"), st.tuples(METHODS, FAULTS)),
    ),
    max_size=14,
)


class Misbehaving:
    """A script whose next call of a method has the requested fault, once."""

    def __init__(self) -> None:
        self.script = Script(
            initialize=self._step("initialize"),
            start=self._step("start"),
            refresh=self._step("refresh"),
            engage=self._engage,
            disconnect=self._step("disconnect"),
        )
        self.next: dict[str, str] = {}
        self.open = 0

    async def _engage(self, connector: Scripted) -> None:
        await self._misbehave("engage")
        await trio.sleep(30)

    def _step(self, method: str) -> Step:
        async def step(connector: Scripted) -> None:
            if method == "initialize":
                self.open += 1
            if method == "disconnect":
                self.open -= 1
            await self._misbehave(method)

        return step

    async def _misbehave(self, method: str) -> None:
        fault = self.next.pop(method, None)
        if fault == "raise":
            raise ValueError(method)
        if fault == "hang":
            await trio.sleep_forever()
        if fault == "slow":
            await trio.sleep(15)
        if fault == "shield":
            with trio.CancelScope(shield=True):
                await trio.sleep(100)


@given(steps=STEPS, engages=st.booleans(), automatic=st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_sequence_of_events_leads_to_a_valid_state(
    steps: list[tuple[str, object]], engages: bool, automatic: bool
) -> None:
    async def live() -> None:
        misbehaving = Misbehaving()
        bad = scripted(
            "bad", misbehaving.script, uses_blocking_calls=engages, refresh_time_interval=1,
            start_deadline_seconds=20, refresh_deadline_seconds=20, disconnect_deadline_seconds=5,
        )  # fmt: skip
        recovery = (lambda: AutomaticRestart(draw=lambda: 1.0)) if automatic else None
        async with running(bad, scripted("good", refresh_time_interval=1), recovery=recovery, stop_deadline=60) as rig:
            for what, value in steps:
                await _do(rig, misbehaving, what, value)
                _is_consistent(rig)
            misbehaving.next.clear()
            await trio.sleep(200)  # shielded calls have ended
            await operations.set_target_state(rig.daemon, "bad", TargetState.RUNNING, by=operations.Request(user="x"))
            await operations.restart(rig.daemon, connector="bad")
            await trio.sleep(5)
            assert rig.state("bad") in ("WAITING", "ENGAGED")
            assert misbehaving.open == 1
            assert rig.state("good") == "WAITING"
        assert misbehaving.open == 0
        assert rig.daemon.connector("bad").state is ConnectorState.STOPPED

    trio.run(live, clock=MockClock(autojump_threshold=0))


async def _do(rig: Rig, misbehaving: Misbehaving, what: str, value: object) -> None:
    if what == "sleep":
        assert isinstance(value, float)
        await trio.sleep(value)
    elif what == "want":
        assert isinstance(value, TargetState)
        await operations.set_target_state(rig.daemon, "bad", value, by=operations.Request(user="x"))
    elif what == "fault":
        assert isinstance(value, tuple)
        misbehaving.next[value[0]] = value[1]
    elif what == "refresh":
        await operations.refresh(rig.daemon, connector="bad")
    else:
        await operations.restart(rig.daemon, connector="bad")


def _is_consistent(rig: Rig) -> None:
    hosted = rig.daemon.connector("bad")
    report = report_of(hosted)
    assert (report.failure is not None) == (report.state is ConnectorState.FAILED) or hosted.work is not None
    if hosted.state in AT_AN_END:
        assert hosted.incarnation is None
