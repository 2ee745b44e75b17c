"""Elements that a scan did not find are removed within the deletion safety; beyond it, an operator decides."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metadata.removal import CompletedScan, DeletionSafety, RemovalGate

USUAL = DeletionSafety()


def scan(missing: int, known: int, *, scope: str = "/", first: int = 0) -> CompletedScan:
    keys = [f"{scope}{number:06}" for number in range(first, first + missing)]
    return CompletedScan(scope=scope, seen=known - missing, known=known, missing_count=missing, missing=keys)


@pytest.mark.parametrize(
    ("missing", "known", "removed"),
    [
        (0, 0, True),
        (20, 20, True),  # a few are always removed
        (21, 21, False),
        (21, 84, True),  # a quarter
        (21, 83, False),
        (10_000, 40_000, True),
        (10_001, 1_000_000, False),  # one in a hundred, but too many in number
    ],
)
def test_the_deletion_safety_limits_removals_without_approval(missing: int, known: int, removed: bool) -> None:
    gate = RemovalGate()
    assert gate.decide(scan(missing, known), USUAL) == (None if removed else ())
    assert bool(gate.held) is not removed


def test_an_approval_covers_the_reported_count_and_one_scan() -> None:
    gate = RemovalGate()
    gate.decide(scan(100, 100), USUAL)
    gate.approve("/")
    assert gate.decide(scan(101, 101), USUAL) == ()  # more than the approved number
    gate.approve("/")
    assert gate.decide(scan(90, 101), USUAL) is None  # some have come back
    assert gate.held == []
    assert gate.decide(scan(90, 101), USUAL) == ()


def test_a_rejection_lasts_until_more_elements_are_missing_or_all_are_back() -> None:
    gate = RemovalGate()
    gate.decide(scan(100, 200), USUAL)
    gate.reject("/")
    gate = RemovalGate(dict(gate.rejected))  # the daemon was restarted
    assert gate.decide(scan(100, 200), USUAL) == ()
    assert [held.rejected for held in gate.held] == [True]
    assert gate.decide(scan(101, 200), USUAL) == ()
    assert [held.rejected for held in gate.held] == [False]
    assert gate.decide(scan(0, 200), USUAL) is None
    assert (gate.held, gate.rejected) == ([], {})


def test_scopes_are_independent() -> None:
    gate = RemovalGate()
    gate.decide(scan(100, 100, scope="/a/"), USUAL)
    assert gate.decide(scan(5, 100, scope="/b/"), USUAL) is None
    assert [held.scope for held in gate.held] == ["/a/"]
    with pytest.raises(KeyError):
        gate.approve("/b/")


def test_confirmed_deletions_need_two_scans_in_succession() -> None:
    gate, careful = RemovalGate(), DeletionSafety(confirm=True)
    assert gate.decide(scan(3, 100), careful) == []
    assert gate.decide(scan(3, 100, first=2), careful) == ["/000002"]
    assert gate.decide(scan(0, 99), careful) is None
    assert gate.decide(scan(1, 99, first=4), careful) == []  # it was found in between


def test_a_held_deletion_shows_a_sample_and_its_time() -> None:
    gate, began = RemovalGate(), time.time()
    for count in (130, 120):
        gate.decide(scan(count, 150), USUAL)
    (held,) = gate.held
    assert (held.scope, held.count, held.known) == ("/", 120, 150)
    assert held.sample == [f"/{number:06}" for number in range(100)]
    assert began <= held.since <= time.time()
    since = held.since
    gate.decide(scan(80, 100), USUAL)
    assert [held.since for held in gate.held] == [since]


def test_approving_or_rejecting_returns_the_held_deletion() -> None:
    gate = RemovalGate()
    gate.decide(scan(100, 200), USUAL)
    assert [gate.approve("/").count, gate.reject("/").count] == [100, 100]


def test_a_rejected_deletion_is_forgotten_once_few_elements_are_missing() -> None:
    gate = RemovalGate()
    gate.decide(scan(100, 200), USUAL)
    gate.reject("/")
    assert [held.rejected for held in gate.held] == [True]
    assert gate.decide(scan(20, 200), USUAL) is None
    assert (gate.held, gate.rejected) == ([], {})


def test_a_deletion_safety_of_zero_holds_a_single_removal() -> None:
    gate = RemovalGate()
    assert gate.decide(scan(1, 100), DeletionSafety(few=0, percent=0)) == ()
    assert [held.rejected for held in gate.held] == [False]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.sampled_from(["", "approve", "reject"]))))
def test_removals_beyond_the_deletion_safety_need_an_approval(history: list[tuple[int, int, str]]) -> None:
    gate = RemovalGate()
    approved = 0
    for missing, more, word in history:
        if gate.held and word:
            held = getattr(gate, word)("/")
            approved = held.count if word == "approve" else approved
        if gate.decide(scan(missing, missing + more), USUAL) is None:
            assert USUAL.allows(missing, missing + more) or missing <= approved
        approved = 0
