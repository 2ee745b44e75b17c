"""Automatic restart: decisions after a failure."""

import pytest

from integration_daemon.supervision.recovery.failure import FailureKind
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart, BackOff, Decision


def test_the_delay_doubles_with_each_failure_up_to_its_limit() -> None:
    policy = AutomaticRestart(BackOff(first=1, longest=20), draw=lambda: 1.0)

    delays = [policy.after_failure(FailureKind.DEFECT, now=float(n)).delay for n in range(7)]

    assert delays == [1, 2, 4, 8, 16, 20, 20]


def test_the_defaults_are_one_second_five_minutes_and_sixty_restarts_an_hour() -> None:
    policy = AutomaticRestart(draw=lambda: 1.0)

    delays = [policy.after_failure(FailureKind.DEFECT, now=float(n)).delay for n in range(61)]

    assert delays[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert delays.index(None) == 60
    assert policy.after_failure(FailureKind.AUTHORIZATION, now=61.0).delay == 300
    assert policy.after_failure(FailureKind.DEFECT, now=660.0).delay is None
    assert policy.after_failure(FailureKind.DEFECT, now=3_600.5).delay == 1  # after ten healthy minutes
    assert policy.after_failure(FailureKind.DEFECT, now=3_600.5).delay is None


def test_the_delay_is_drawn_from_the_whole_interval() -> None:
    policy = AutomaticRestart(BackOff(first=8), draw=lambda: 0.25)

    assert policy.after_failure(FailureKind.DEFECT, now=0.0).delay == 2


def test_a_long_healthy_time_resets_the_delay() -> None:
    policy = AutomaticRestart(BackOff(first=1, healthy_after=600), draw=lambda: 1.0)
    for now in (0.0, 1.0, 2.0):
        policy.after_failure(FailureKind.DEFECT, now)

    assert policy.after_failure(FailureKind.DEFECT, now=601.0).delay == 8
    assert policy.after_failure(FailureKind.DEFECT, now=1201.0).delay == 1


def test_consecutive_failures_are_counted_however_long_the_daemon_runs() -> None:
    policy = AutomaticRestart(draw=lambda: 1.0)

    decisions = [policy.after_failure(FailureKind.DEFECT, now) for now in (86_400.0, 86_401.0, 86_402.0)]

    assert [(each.delay, each.reason) for each in decisions] == [
        (1, "failure 1 in a row"),
        (2, "failure 2 in a row"),
        (4, "failure 3 in a row"),
    ]


def test_restarts_beyond_the_limit_are_left_to_an_operator() -> None:
    policy = AutomaticRestart(BackOff(window=100, restarts_in_window=3), draw=lambda: 0.0)
    for now in (0.0, 1.0, 2.0):
        assert policy.after_failure(FailureKind.DEFECT, now).delay is not None

    decision = policy.after_failure(FailureKind.DEFECT, now=3.0)

    assert decision.delay is None
    assert "3 times within 100 seconds" in decision.reason
    assert policy.after_failure(FailureKind.DEFECT, now=100.0).delay is None
    assert policy.after_failure(FailureKind.DEFECT, now=100.5).delay is not None
    assert policy.after_failure(FailureKind.DEFECT, now=100.5).delay is None


@pytest.mark.parametrize("kind", [FailureKind.CONFIGURATION, FailureKind.AUTHORIZATION])
def test_failures_that_restarts_seldom_cure_are_retried_slowly_without_end(kind: FailureKind) -> None:
    policy = AutomaticRestart(BackOff(probe_interval=300, restarts_in_window=2))

    decisions = {policy.after_failure(kind, now=float(n)) for n in range(50)}

    assert decisions == {Decision(300, f"a failure of kind {kind.value} is tried again at a slow pace")}
