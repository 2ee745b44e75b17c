"""An incident is told once, and once that it is over."""

import msgspec
import pytest

from integration_daemon.alerts.alert import Alert
from integration_daemon.alerts.cause import Cause, CauseDescription
from integration_daemon.alerts.incidents import CountedCause, Incident, Incidents, id_of

T = 1_800_000_000.0
DOWN = Cause("endpoint", "postgresql://db:5432")


def seen(count: int = 3, cause: Cause = DOWN, since: float = T) -> CountedCause:
    return CountedCause(
        cause=cause,
        describe=lambda: CauseDescription(f"{cause.subject} is not available", "refused", "Start it."),
        condition="DEGRADED",
        since=since,
        connectors=count,
        names=[f"Wards{number}" for number in range(min(count, 5))],
    )


def events(alerts: list[Alert]) -> list[str]:
    return [each.event.value for each in alerts]


def told(incidents: Incidents, count: int = 3) -> Alert:
    """Have an incident told that began at T."""
    incidents.update([seen(count)], T)
    (alert,) = incidents.update([seen(count)], T + 60)
    return alert


def test_the_id_of_a_cause_is_the_same_in_each_version() -> None:
    assert id_of(DOWN) == "5b3d076ea80b"
    assert id_of(Cause("DEFECT", "m", "db.example:5432")) == "c351eca1f2e1"


def test_an_incident_is_told_once_it_has_lasted() -> None:
    incidents = Incidents("wards", after=60.0)
    assert incidents.update([seen()], T) == []
    assert incidents.update([seen()], T + 59) == []
    assert events(incidents.update([seen()], T + 60)) == ["BEGUN"]
    assert [incidents.update([seen()], T + later) for later in (65, 3600, 86_400)] == [[], [], []]


def test_many_connectors_are_one_alert_with_their_number_and_the_first_names() -> None:
    alert = told(Incidents("wards", after=60.0), 20_000)
    assert alert.text == (
        "[wards] postgresql://db:5432 is not available: 20,000 connectors are DEGRADED\n"
        "Since 2027-01-15T08:00:00Z: Wards0, Wards1, Wards2, Wards3, Wards4 and 19,995 more\n"
        "refused\n"
        "User action: Start it."
    )
    assert (alert.connectors, len(alert.names), alert.action) == (20_000, 5, "Start it.")


def test_what_does_not_last_is_never_told() -> None:
    incidents = Incidents("wards", after=60.0)
    incidents.update([seen()], T)
    assert [incidents.update([], T + later) for later in (30, 90, 200)] == [[], [], []]
    assert incidents.update([seen(since=T + 201)], T + 201) == []


def test_the_end_is_told_once_with_how_long_it_lasted() -> None:
    incidents = Incidents("wards", after=60.0)
    begun = told(incidents, 1)
    incidents.update([seen(7)], T + 600)
    assert incidents.update([], T + 630) == []
    (over,) = incidents.update([], T + 660)
    assert over.text == "[wards] Over after 10 minutes: postgresql://db:5432 is not available (7 connectors)"
    assert (over.event.value, over.incident, over.seconds) == ("OVER", begun.incident, 630.0)
    assert over.ended == "2027-01-15T08:10:30Z"  # no count before has found the end
    assert incidents.update([], T + 700) == []


def test_a_growing_incident_is_told_once_more_when_it_is_ten_times_as_large() -> None:
    incidents = Incidents("wards", after=60.0)
    told(incidents, 3)
    counts = (29, 30, 300, 3_000, 30_000)
    assert [events(incidents.update([seen(count)], T + 70)) for count in counts] == [[], ["GROWN"], [], [], []]


def test_an_incident_that_is_gone_for_a_moment_is_the_same_one() -> None:
    incidents = Incidents("wards", after=60.0)
    told(incidents)
    assert incidents.update([], T + 70) == []
    assert incidents.update([seen()], T + 110) == []
    assert incidents.update([], T + 169) == []
    assert events(incidents.update([], T + 170)) == ["OVER"]


def test_a_flapping_incident_is_told_less_and_less_often() -> None:
    incidents, alerts = Incidents("wards", after=10.0), []
    for second in range(0, 6 * 3600, 5):
        is_down = second % 120 < 60  # a minute down, a minute up, for six hours
        alerts += incidents.update([seen(since=T + second)] if is_down else [], T + second)
    assert events(alerts) == ["BEGUN", "OVER", "BEGUN", "OVER", "BEGUN"]


def test_a_clock_that_is_set_back_delays_neither_the_begin_nor_the_end_of_an_incident() -> None:
    incidents, back = Incidents("wards", after=60.0), T - 86_400
    incidents.update([seen()], T)
    assert incidents.update([seen(since=T)], back) == []
    assert events(incidents.update([seen(since=T)], back + 60)) == ["BEGUN"]
    assert incidents.update([], back - 3600) == []
    assert events(incidents.update([], back - 3540)) == ["OVER"]


def test_an_incident_that_comes_back_is_told_with_the_present_problem() -> None:
    incidents = Incidents("wards", after=10.0)
    incidents.update([seen()], T)
    incidents.update([seen()], T + 10)
    assert events(incidents.update([], T + 20)) == ["OVER"]
    other = seen(since=T + 600)
    other.describe = lambda: CauseDescription("/landing/b does not exist", "of another connector", "Create it.")
    incidents.update([other], T + 600)
    (begun,) = incidents.update([other], T + 610)
    assert (begun.event.value, begun.title) == ("BEGUN", "/landing/b does not exist")
    assert (begun.details, begun.action) == ("of another connector", "Create it.")


def test_an_incident_that_comes_back_much_later_is_a_new_one() -> None:
    incidents = Incidents("wards", after=10.0)
    told(incidents)
    assert events(incidents.update([], T + 100)) == ["OVER"]
    incidents.update([], T + 4000)
    assert events(incidents.update([seen(since=T + 4000)], T + 4010)) == ["BEGUN"]
    assert events(incidents.update([], T + 4020)) == ["OVER"]


@pytest.mark.parametrize("comes_back", [True, False])
def test_nothing_is_told_again_after_a_restart(comes_back: bool) -> None:
    before = Incidents("wards", after=10.0)
    told(before)
    kept = msgspec.json.decode(msgspec.json.encode(before.alerted), type=list[Incident])
    after = Incidents("wards", kept, T + 200, after=10.0)
    assert after.update([], T + 300, all_tried=False) == []
    found = [seen(since=T + 300)] if comes_back else []
    assert after.update(found, T + 305) == []
    (over,) = after.update([], T + 320)
    assert (over.event.value, over.since) == ("OVER", "2027-01-15T08:00:00Z")


def test_very_many_causes_of_a_kind_are_one_incident() -> None:
    incidents = Incidents("wards", after=10.0)
    many = [seen(2, Cause("DEFECT", f"message {number}")) for number in range(1_000)]
    incidents.update(many, T)
    (alert,) = incidents.update(many, T + 10)
    assert (alert.title, alert.connectors) == ("1,000 causes of the kind DEFECT", 2_000)
    assert incidents.update(many[:3], T + 20) == []
    assert events(incidents.update([], T + 40)) == ["OVER"]


def test_an_incident_that_was_told_stays_apart_when_many_others_begin() -> None:
    incidents = Incidents("wards", after=10.0)
    first = seen(1, Cause("DEFECT", "message 0"))
    incidents.update([first], T)
    assert events(incidents.update([first], T + 10)) == ["BEGUN"]
    many = [first, *(seen(1, Cause("DEFECT", f"message {number}")) for number in range(1, 100))]
    assert [each.connectors for each in incidents.update(many, T + 20)] == [99]
    assert incidents.update(many, T + 40) == []
    assert events(incidents.update([], T + 60)) == ["OVER", "OVER"]
