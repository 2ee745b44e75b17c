"""Merging the properties that both sides have: convergence, no echo, and one rule for each conflict."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.synchronization.merging import Rule, Version, merge, version_from

NAMES = ("comment", "owner")


class Step(NamedTuple):
    """A step: a change on one side, or a refresh, which may end before or after it has sent something."""

    what: str
    name: str = NAMES[0]
    delay: int = 1
    """Seconds since the step before; the clocks of the sides may differ."""


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            [
                "set here",
                "set there",
                "drop here",
                "drop there",
                "refresh",
                "refresh, before it is sent",
                "refresh, after it is sent",
                "refresh, refused",
            ]
        ),
        st.sampled_from(NAMES),
        st.integers(-3, 3),
    ),
    max_size=25,
)


class World:
    """Both sides, with values that tell their origin, and what is kept between refreshes."""

    def __init__(self, *, has_times: bool) -> None:
        self.here: dict[str, str] = {}
        self.there: dict[str, str] = {}
        self.known: dict[str, Version] = {}
        self.dropped_here: set[str] = set()
        self.dropped_there: set[str] = set()
        self.changed_here, self.changed_there = 0.0, 0.0
        self.conflicts: list[tuple[str | None, str | None]] = []
        self._has_times = has_times
        self._now = 0
        self._made = 0

    def do(self, step: Step) -> None:
        self._now += step.delay
        action, _, side = step.what.partition(" ")
        if action.startswith("refresh"):
            self.refresh(step.what)
            return
        values = self.here if side == "here" else self.there
        if action == "set":
            self._made += 1
            values[step.name] = f"{side}{self._made}"
        elif values.pop(step.name, None) is not None:
            (self.dropped_here if side == "here" else self.dropped_there).add(step.name)
        if side == "here":
            self.changed_here = self._now
        else:
            self.changed_there = self._now

    def refresh(self, how: str = "") -> bool:
        """Refresh, and return whether anything was written on either side."""
        merged = merge(
            self.known,
            self.here,
            self.there,
            changed_here=self.changed_here,
            changed_there=self.changed_there if self._has_times else None,
        )
        if merged.to_there and not self._send(merged.to_there, merged.being_sent, how):
            return True
        for name, value in merged.to_here.items():
            assert value.startswith("there") if value is not None else name in self.dropped_there, "an echo"
            _write(self.here, name, value)
        self.known = {name: self._kept(version) for name, version in merged.versions.items()}
        self.conflicts += [(each.here, each.there) for each in merged.conflicts]
        return bool(merged.to_here or merged.to_there)

    def _send(self, changes: dict[str, str | None], being_sent: dict[str, Version], how: str) -> bool:
        self.known = being_sent
        if how.endswith(("before it is sent", "refused")):
            return False
        for name, value in changes.items():
            assert value.startswith("here") if value is not None else name in self.dropped_here, "an echo"
            _write(self.there, name, value)
        self.changed_there = self._now
        return not how.endswith("after it is sent")

    def _kept(self, version: Version) -> Version:
        kept = version_from(version.text())
        assert kept is not None
        return kept


def _write(side: dict[str, str], name: str, value: str | None) -> None:
    if value is None:
        side.pop(name, None)
    else:
        side[name] = value


@given(STEPS, st.booleans())
def test_both_sides_converge_without_an_echo_whatever_happens_in_between(steps: list[Step], has_times: bool) -> None:
    world = World(has_times=has_times)
    for step in steps:
        world.do(step)
    world.refresh()
    assert world.here == world.there
    assert not world.refresh()
    assert len(world.conflicts) == len(set(world.conflicts)), "a conflict was reported twice"


@given(STEPS)
def test_changes_of_one_side_alone_arrive_and_are_no_conflict(steps: list[Step]) -> None:
    for side in ("here", "there"):
        world = World(has_times=True)
        for step in steps:
            if step.what.startswith("refresh") or step.what.split()[1] == side:
                world.do(step)
        values = dict(world.here if side == "here" else world.there)
        world.refresh()
        assert world.here == world.there == values
        assert world.conflicts == []


def test_the_later_change_is_taken_for_each_property_by_itself() -> None:
    known = {name: Version(0, 1, "agreed") for name in NAMES}
    here, there = {"comment": "ours", "owner": "ours"}, {"comment": "theirs", "owner": "theirs"}
    merged = merge(known, here, there, changed_here=2.0, changed_there=1.0)
    assert merged.to_there == {"comment": "ours", "owner": "ours"}
    assert {each.rule for each in merged.conflicts} == {Rule.LATER}
    assert merged.versions["owner"][:2] == (1, 2)
    assert merge(known, here, there, changed_here=1.0, changed_there=2.0).to_here == there
    assert merge(known, here, there, changed_here=1.0, changed_there=1.0).conflicts[0].rule is Rule.SAME_TIME
    assert merge(known, here, there, changed_here=1.0, changed_there=None).conflicts[0].rule is Rule.NO_TIME


def test_a_text_that_is_no_version_is_not_taken_for_one() -> None:
    for text in ("", "1", "1.2", "1.2:", "a.2:x", "-1.2:x"):
        assert version_from(text) is None
    assert version_from("1.2:x>y") == Version(1, 2, "x", "y")
