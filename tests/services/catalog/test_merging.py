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
                "set local",
                "set remote",
                "drop local",
                "drop remote",
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
        self.local: dict[str, str] = {}
        self.remote: dict[str, str] = {}
        self.known: dict[str, Version] = {}
        self.dropped_locally: set[str] = set()
        self.dropped_remotely: set[str] = set()
        self.local_changed_at, self.remote_changed_at = 0.0, 0.0
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
        values = self.local if side == "local" else self.remote
        if action == "set":
            self._made += 1
            values[step.name] = f"{side}{self._made}"
        elif values.pop(step.name, None) is not None:
            (self.dropped_locally if side == "local" else self.dropped_remotely).add(step.name)
        if side == "local":
            self.local_changed_at = self._now
        else:
            self.remote_changed_at = self._now

    def refresh(self, how: str = "") -> bool:
        """Refresh, and return whether anything was written on either side."""
        merged = merge(
            self.known,
            self.local,
            self.remote,
            local_changed_at=self.local_changed_at,
            remote_changed_at=self.remote_changed_at if self._has_times else None,
        )
        if merged.remote_changes and not self._send(merged.remote_changes, merged.being_sent, how):
            return True
        for name, value in merged.local_changes.items():
            assert value.startswith("remote") if value is not None else name in self.dropped_remotely, "an echo"
            _write(self.local, name, value)
        self.known = {name: self._kept(version) for name, version in merged.versions.items()}
        self.conflicts += [(each.local, each.remote) for each in merged.conflicts]
        return bool(merged.local_changes or merged.remote_changes)

    def _send(self, changes: dict[str, str | None], being_sent: dict[str, Version], how: str) -> bool:
        self.known = being_sent
        if how.endswith(("before it is sent", "refused")):
            return False
        for name, value in changes.items():
            assert value.startswith("local") if value is not None else name in self.dropped_locally, "an echo"
            _write(self.remote, name, value)
        self.remote_changed_at = self._now
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
    assert world.local == world.remote
    assert not world.refresh()
    assert len(world.conflicts) == len(set(world.conflicts)), "a conflict was reported twice"


@given(STEPS)
def test_changes_of_one_side_alone_arrive_and_are_no_conflict(steps: list[Step]) -> None:
    for side in ("local", "remote"):
        world = World(has_times=True)
        for step in steps:
            if step.what.startswith("refresh") or step.what.split()[1] == side:
                world.do(step)
        values = dict(world.local if side == "local" else world.remote)
        world.refresh()
        assert world.local == world.remote == values
        assert world.conflicts == []


def test_the_later_change_is_taken_for_each_property_by_itself() -> None:
    known = {name: Version(0, 1, "agreed") for name in NAMES}
    local, remote = {"comment": "ours", "owner": "ours"}, {"comment": "theirs", "owner": "theirs"}
    merged = merge(known, local, remote, local_changed_at=2.0, remote_changed_at=1.0)
    assert merged.remote_changes == {"comment": "ours", "owner": "ours"}
    assert {each.rule for each in merged.conflicts} == {Rule.LATER}
    assert merged.versions["owner"][:2] == (1, 2)
    assert merge(known, local, remote, local_changed_at=1.0, remote_changed_at=2.0).local_changes == remote
    assert merge(known, local, remote, local_changed_at=1.0, remote_changed_at=1.0).conflicts[0].rule is Rule.SAME_TIME
    assert merge(known, local, remote, local_changed_at=1.0, remote_changed_at=None).conflicts[0].rule is Rule.NO_TIME


def test_a_text_that_is_no_version_is_not_taken_for_one() -> None:
    for text in ("", "1", "1.2", "1.2:", "a.2:x", "-1.2:x"):
        assert version_from(text) is None
    assert version_from("1.2:x>y") == Version(1, 2, "x", "y")
