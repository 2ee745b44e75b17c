"""The schedule of due times."""

from hypothesis import given
from hypothesis import strategies as st

from integration_daemon.supervision.dispatch.schedule import Schedule, next_due_after


def test_due_entries_are_returned_in_order_of_time_and_then_of_addition() -> None:
    schedule: Schedule[str] = Schedule()
    for due, item in ((3.0, "later"), (1.0, "first"), (2.0, "second"), (2.0, "third")):
        schedule.add(due, item)

    assert schedule.pop_due(2.0, at_most=10) == [(1.0, "first"), (2.0, "second"), (2.0, "third")]
    assert schedule.next_due == 3.0


def test_at_most_the_requested_number_of_entries_is_returned() -> None:
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
def test_a_late_refresh_does_not_shift_the_schedule(due: float, interval: float, late: float) -> None:
    now = due + late

    following = next_due_after(due, interval, now)

    assert following > now - 1e-6
    assert following <= now + interval + 1e-6
    beats = (following - due) / interval
    assert abs(beats - round(beats)) < 1e-6
