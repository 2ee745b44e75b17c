"""Requests to a connector: none is lost or invented when a work item ends."""

import pytest

from integration_daemon.supervision.connector.requests import Requests

KINDS = ("stop", "restart", "refresh", "dry_run")


def requested(*kinds: str) -> Requests:
    requests = Requests()
    for kind in kinds:
        setattr(requests, kind, True)
    return requests


def kinds_of(requests: Requests) -> set[str]:
    return {kind for kind in KINDS if getattr(requests, kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_requests_that_were_not_begun_are_merged_with_new_ones(kind: str) -> None:
    for new in KINDS:
        requests = requested(new)
        requests.merge(requested(kind))
        assert kinds_of(requests) == {kind, new}
    nothing = requested()
    nothing.merge(requested())
    assert kinds_of(nothing) == set()


def test_clearing_requests_keeps_a_stop() -> None:
    requests = requested(*KINDS)
    requests.clear()
    assert kinds_of(requests) == {"stop"}


def test_a_stop_ends_the_incarnation_and_requests_no_work() -> None:
    assert {kind for kind in KINDS if requested(kind).has_work} == {"restart", "refresh", "dry_run"}
    assert {kind for kind in KINDS if requested(kind).ends_run} == {"restart", "stop"}
