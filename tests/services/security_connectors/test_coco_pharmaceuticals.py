"""The rules of Coco Pharmaceuticals: who may use the server, and who has access to the elements of which zone."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integration_daemon.config.load import read_document
from services.errors import ConnectorConfigurationError
from services.framework.connection import Connection, Endpoint
from services.framework.server_security import RequestedChange, SecuredAction, SecurityContext
from services.metadata.changes import Classify, Declassify, Put, Relate
from services.metadata.element import ElementRecord, ElementStatus
from services.security_connectors import coco_pharmaceuticals
from services.security_connectors.coco_pharmaceuticals import CocoPharmaceuticalsSecurity

READ, CHANGE = SecuredAction.READ_METADATA, SecuredAction.CHANGE_METADATA


def opened(document: Path | None = None) -> CocoPharmaceuticalsSecurity:
    endpoint = None if document is None else Endpoint(address=str(document))
    connection = Connection(endpoint=endpoint)
    security = CocoPharmaceuticalsSecurity(
        SecurityContext(server="cocoMDS1", connection=connection, read_document=read_document)
    )
    security.open()
    return security


SAMPLE = opened()


def classified(zones: list[str], owner: str | None) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"ZoneMembership": {"zoneMembership": zones}} if zones else {}
    return {**found, "Ownership": {"owner": owner}} if owner else found


def element(*zones: str, owner: str | None = None, by: str = "peterprofile", kind: str = "DataFile") -> ElementRecord:
    return ElementRecord(
        guid="1",
        type_name=kind,
        status=ElementStatus.ACTIVE,
        version=1,
        created_by=by,
        create_time=datetime(2026, 1, 1, tzinfo=UTC),
        classifications=classified([*zones], owner),
        properties={"qualifiedName": "file"},
    )


@pytest.mark.parametrize(
    ("user", "actions"),
    [
        ("garygeeke", set(SecuredAction) - {SecuredAction.SYNCHRONIZE_METADATA}),
        ("erinoverview", {SecuredAction.READ_STATUS, READ, CHANGE}),
        ("exchangeDL01npa", {SecuredAction.READ_STATUS, READ, CHANGE, SecuredAction.SYNCHRONIZE_METADATA}),
        ("stranger", set()),
        ("", set()),
    ],
)
def test_the_groups_of_a_user_decide_on_the_server(user: str, actions: set[SecuredAction]) -> None:
    assert {action for action in SecuredAction if SAMPLE.allows_server(user, action)} == actions


@pytest.mark.parametrize(
    ("zones", "user", "reads", "changes"),
    [
        (["research"], "tessatube", True, True),
        (["research"], "faithbroker", False, False),
        (["research", "human-resources"], "faithbroker", True, True),
        ([], "erinoverview", True, True),  # in no zone: in quarantine
        ([], "tessatube", False, False),
        (["quarantine", "research"], "tessatube", False, False),  # quarantine is stronger than the other zones
        (["data-lake"], "tessatube", True, False),
        (["data-lake"], "exchangeDL01npa", True, True),
        (["data-lake", "research"], "tessatube", True, True),
        (["personal-files"], "harryhopeful", True, True),
        (["personal-files"], "sallycounter", False, False),
        (["data-lake"], "grantable", False, False),  # an external user, whatever the zone says
        (["data-lake", "external-access"], "grantable", True, True),
        (["no-such-zone"], "garygeeke", False, False),
    ],
)
def test_the_zones_of_an_element_decide_on_it(zones: list[str], user: str, reads: bool, changes: bool) -> None:
    found = element(*zones, owner="harryhopeful")
    assert SAMPLE.readable_elements(user, [found]) == [reads]
    relate = Relate(type_name="DataFlow", end1="file", end2="file")
    assert SAMPLE.allowed_changes(user, [RequestedChange(change=relate, elements=[found])]) == [changes]


def test_what_is_no_asset_and_in_no_zone_is_for_every_user() -> None:
    terms = [element(kind="GlossaryTerm"), element("finance", kind="GlossaryTerm"), element(kind="NoSuchType")]
    assert SAMPLE.readable_elements("tessatube", terms) == [True, False, False]


OUT = Classify(qualified_name="file", classification="ZoneMembership", properties={"zoneMembership": ["research"]})


@pytest.mark.parametrize(
    ("user", "by", "owner", "allowed"),
    [
        ("erinoverview", "peterprofile", "tessatube", True),
        ("peterprofile", "peterprofile", "tessatube", False),  # who has made it does not release it
        ("erinoverview", "peterprofile", None, False),  # without an owner
        ("exchangeDL01npa", "exchangeDL01npa", "tessatube", True),
    ],
)
def test_an_element_leaves_quarantine_by_another_s_decision_and_with_an_owner(
    user: str, by: str, owner: str | None, allowed: bool
) -> None:
    for change, zones in ((OUT, ["quarantine"]), (OUT, [])):
        requested = RequestedChange(change=change, elements=[element(*zones, owner=owner, by=by)])
        assert SAMPLE.allowed_changes(user, [requested]) == [allowed]


def test_taking_the_zones_off_leaves_an_element_in_the_default_zone() -> None:
    off = Declassify(qualified_name="file", classification="ZoneMembership")
    requested = RequestedChange(change=off, elements=[element("quarantine", by="erinoverview")])
    assert SAMPLE.allowed_changes("erinoverview", [requested]) == [True]


@pytest.mark.parametrize(("zones", "allowed"), [([], True), (["finance"], False), (["governance"], True)])
def test_a_new_element_is_made_in_a_zone_of_the_user(zones: list[str], allowed: bool) -> None:
    new = Put(
        type_name="DataFile",
        qualified_name="file",
        source_key="file",
        fingerprint="1",
        properties=msgspec.Raw(b'{"qualifiedName": "file"}'),
        classifications=classified(zones, None),
    )
    assert SAMPLE.allowed_changes("erinoverview", [RequestedChange(change=new, elements=[])]) == [allowed]


def test_a_document_may_name_the_users_of_connectors(tmp_path: Path) -> None:
    (tmp_path / "users.yaml").write_text("users: [a, b]\nconnectors: {hr: [a]}\n")
    security = opened(tmp_path / "users.yaml")
    assert security.allowed_connectors("a", SecuredAction.OPERATE, ["hr", "sales"]) == [True, True]
    assert security.allowed_connectors("b", SecuredAction.OPERATE, ["hr", "sales"]) == [False, True]


def test_a_changed_document_counts_and_one_that_is_spoilt_refuses_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coco_pharmaceuticals, "POLL_INTERVAL", 0.0)
    users = tmp_path / "users.yaml"
    users.write_text("users: [a, b]\n")
    security = opened(users)
    assert security.allows_server("b", READ)
    users.write_text("users: [a]\n")
    assert not security.allows_server("b", READ)
    users.write_text("users: [")
    for _ in range(2):
        with pytest.raises(Exception, match=r"users\.yaml"):
            security.allows_server("a", READ)
    users.write_text("users: [a, b]\n")
    assert security.allows_server("b", READ)


@pytest.mark.parametrize(
    ("content", "problem"),
    [("users: [a]\nzone: {}\n", "zone"), ("zones: {}\n", "users"), ("users: a\n", "users"), ("[", "users.yaml")],
)
def test_a_document_that_is_not_understood_keeps_the_server_from_starting(
    content: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "users.yaml").write_text(content)
    with pytest.raises(Exception, match=problem) as refused:
        opened(tmp_path / "users.yaml")
    assert "users.yaml" in str(refused.value)
    if content != "[":
        assert isinstance(refused.value, ConnectorConfigurationError)
