"""Connectors that fail for the same cause have one incident, others have their own."""

import pytest

from integration_daemon.alerts.cause import Cause, cause_of, description_of, findings_with_causes
from integration_daemon.supervision.connector.finding import Finding, Reason
from integration_daemon.supervision.recovery.failure import Failure, FailureKind

UNAVAILABLE = FailureKind.THIRD_PARTY_UNAVAILABLE


def cause(
    name: str,
    endpoint: str,
    text: str,
    kind: FailureKind | None = FailureKind.CONFIGURATION,
    *,
    server: str = "",
    reason: Reason = Reason.FAILED,
) -> Cause:
    failure = None
    if kind is not None:
        failure = Failure(kind=kind, method="refresh", exception_class="E", message=text, metadata_server=server)
    return cause_of(Finding(reason, 0.0, text), failure, name, endpoint)


DATABASE, OTHER = "postgresql://db:5432", "postgresql://other:5432"
SAME = {
    "the metadata server that is not available": (
        cause("A", "/a", "refused", FailureKind.METADATA_SERVER_UNAVAILABLE, server="mds"),
        cause("B", DATABASE, "timed out", FailureKind.METADATA_SERVER_UNAVAILABLE, server="mds"),
    ),
    "the endpoint that is not available, whatever was said": (
        cause("A", DATABASE, "refused", UNAVAILABLE),
        cause("B", DATABASE, "no route", UNAVAILABLE),
    ),
    "the message, but for the name": (
        cause("A", "", "A has no such setting"),
        cause("B2", "", "B2 has no such setting"),
    ),
    "the message, but for the path": (
        cause("A", "/in/a", "the directory /in/a does not exist"),
        cause("B", "/in/b", "the directory /in/b does not exist"),
    ),
    "the message, but for a relative path": (cause("A", "in-a", "no in-a here"), cause("B", "in-b", "no in-b here")),
    "the message, but for numbers": (
        cause("A", DATABASE, "12 rows", FailureKind.DEFECT),
        cause("B", DATABASE, "7 rows", FailureKind.DEFECT),
    ),
    "the reason": (
        cause("A", "/a", "3 elements", None, reason=Reason.REJECTED_ELEMENTS),
        cause("B", DATABASE, "4 elements: no", None, reason=Reason.REJECTED_ELEMENTS),
    ),
    "the reason of a refresh without success": (
        cause("A", "/a", "waits for /a", None, reason=Reason.REFRESH_WITHOUT_SUCCESS),
        cause("B", "/b", "waits for /b", None, reason=Reason.REFRESH_WITHOUT_SUCCESS),
    ),
}
DIFFERENT = {
    "the metadata server": (
        cause("A", "", "refused", FailureKind.METADATA_SERVER_UNAVAILABLE, server="mds"),
        cause("B", "", "refused", FailureKind.METADATA_SERVER_UNAVAILABLE, server="mds2"),
    ),
    "the endpoint": (cause("A", DATABASE, "refused", UNAVAILABLE), cause("B", OTHER, "refused", UNAVAILABLE)),
    "the host without a scheme": (
        cause("A", "ldap1.example.com", "ldap1.example.com: refused", UNAVAILABLE),
        cause("B", "ldap2.example.com", "ldap2.example.com: refused", UNAVAILABLE),
    ),
    "the endpoint of the same message": (
        cause("A", DATABASE, "wrong password", FailureKind.AUTHORIZATION),
        cause("B", OTHER, "wrong password", FailureKind.AUTHORIZATION),
    ),
    "the kind": (cause("A", "", "no"), cause("B", "", "no", FailureKind.DEFECT)),
    "the message": (cause("A", "", "no such table"), cause("B", "", "no such column")),
    "a part of a word that is like the name": (cause("A", "", "ABBA sings"), cause("B", "", "AXXA sings")),
    "the reason": (
        cause("A", "", "x", None, reason=Reason.REJECTED_ELEMENTS),
        cause("B", "", "x", None, reason=Reason.HELD_DELETIONS),
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_connectors_with_the_same_cause_are_together(one: Cause, other: Cause) -> None:
    assert one == other


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_connectors_with_different_causes_are_apart(one: Cause, other: Cause) -> None:
    assert one != other


def test_staleness_is_no_cause_of_its_own_beside_another() -> None:
    stale, failed = Finding(Reason.NO_RECENT_SUCCESS, 0.0, "long ago"), Finding(Reason.FAILED, 0.0, "no")
    assert list(findings_with_causes((stale, failed))) == [failed]
    assert list(findings_with_causes((stale,))) == [stale]


def test_a_title_is_one_line_without_secrets() -> None:
    finding = Finding(Reason.FAILED, 0.0, "postgresql://me:tell-nobody@db:\n no " + "x" * 1000)
    title = description_of(cause("A", "", finding.text), finding, None).title
    assert title.startswith("refresh without success: postgresql://me:********@db: no xx")
    assert (len(title), "\n" in title) == (300, False)
