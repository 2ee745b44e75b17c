"""The schedule: what is due when."""

from hypothesis import given
from hypothesis import strategies as st

from integration_daemon.supervision.dispatch.schedule import Schedule, next_due_after


def test_what_is_due_comes_out_earliest_first_and_equal_times_keep_their_order() -> None:
    schedule: Schedule[str] = Schedule()
    for due, item in ((3.0, "later"), (1.0, "first"), (2.0, "second"), (2.0, "third")):
        schedule.add(due, item)

    assert schedule.pop_due(2.0, at_most=10) == [(1.0, "first"), (2.0, "second"), (2.0, "third")]
    assert schedule.next_due == 3.0


def test_no_more_is_taken_than_was_asked_for() -> None:
    schedule: Schedule[int] = Schedule()
    for number in range(5):
        schedule.add(1.0, number)

    assert schedule.pop_due(1.0, at_most=2) == [(1.0, 0), (1.0, 1)]
    assert len(schedule) == 3


def test_an_empty_schedule_is_never_due() -> None:
    assert Schedule[int]().next_due == float("inf")


@given(
    due=st.floats(0, 1e6),
    interval=st.floats(1, 1e5),
    late=st.floats(0, 1e6),
)
def test_the_rhythm_is_kept_however_late_a_beat_was(due: float, interval: float, late: float) -> None:
    now = due + late

    following = next_due_after(due, interval, now)

    assert following > now - 1e-6
    assert following <= now + interval + 1e-6
    beats = (following - due) / interval
    assert abs(beats - round(beats)) < 1e-6
