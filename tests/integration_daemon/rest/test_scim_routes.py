"""Users and groups over HTTP: a conformance tester that others wrote, refusals, versions and hostile requests."""

from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from services.organization.scim import patch
from services.organization.scim_intake import reader
from tests.integration_daemon.rest.scim_platform import IdentityProvider, receiving
from tests.servers.scim_provider import CORE

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture
async def provider(tmp_path: Path) -> Any:
    async with receiving(tmp_path) as found:
        yield found


async def test_a_tester_of_conformance_finds_nothing_wrong(provider: IdentityProvider) -> None:
    """Its client is a synchronous one, since its other does not run on trio."""

    def check() -> list[CheckResult]:
        with httpx2.Client(base_url=provider.base, timeout=60) as http:
            return check_server(SyncSCIMClient(http))

    results = await trio.to_thread.run_sync(check)
    assert sum(each.status is Status.SUCCESS for each in results) > 100
    wrong = [f"{each.title}: {each.reason}" for each in results if each.status is not Status.SUCCESS]
    assert all("searching several resource types at once is not supported" in each for each in wrong)


REFUSED: tuple[tuple[str, str, Any, int, str | None], ...] = (
    ("GET", "Users/nobody", None, 404, None),
    ("DELETE", "Groups/nobody", None, 404, None),
    ("GET", "Users/..%2f..%2fetc%2fpasswd", None, 404, None),
    ("GET", "Users/%2e%2e/Groups", None, 404, None),
    ("GET", "Devices", None, 404, None),
    ("PUT", "Users", {"userName": "x"}, 405, None),
    ("POST", "Schemas", {}, 405, None),
    ("POST", "Bulk", {}, 501, None),
    ("GET", "Users?filter=userName", None, 400, "invalidFilter"),
    ("GET", "Users?count=many", None, 400, None),
    ("POST", "Users", {"displayName": "x"}, 400, "invalidValue"),
    ("POST", "Users", {"userName": "x", "active": "perhaps"}, 400, "invalidValue"),
    ("POST", "Users", {"userName": "x", "emails": ["a", {"value": ["b", "c"]}]}, 400, "invalidValue"),
    ("POST", "Users", {"userName": "x" * 1_001}, 400, "invalidValue"),
    ("POST", "Users", {"userName": "x\x00"}, 400, "invalidValue"),
    ("POST", "Users", [], 400, "invalidValue"),
    ("POST", "Groups", {"displayName": "x", "members": [{"display": "y"}]}, 400, "invalidValue"),
)


async def test_a_request_that_cannot_be_carried_out_is_refused_in_the_form_of_scim(provider: IdentityProvider) -> None:
    for method, path, body, status, scim_type in REFUSED:
        answer = await provider.send(method, path, body)
        error = answer.json()
        found = (answer.status_code, error["schemas"], error["status"], error.get("scimType"))
        assert found == (status, [ERROR], str(status), scim_type), f"{method} {path} {body}"
        assert answer.headers["Content-Type"] == "application/scim+json"
    assert (await provider.get("Users"))["totalResults"] == 0


WRONG_OPERATIONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"op": "move", "path": "title"}, "invalidSyntax"),
    ({"op": "remove"}, "noTarget"),
    ({"op": "remove", "path": "userName"}, "invalidValue"),
    ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
    ({"op": "replace", "path": "title[", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": "emails[type eq]", "value": "x"}, "invalidFilter"),
    ({"op": "replace", "path": "../title", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": "title.x", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": 'emails[type co "w"].value', "value": "x"}, "noTarget"),
    ({"op": "replace", "path": "active", "value": {"x": 1}}, "invalidValue"),
    ({"op": "add", "value": "x"}, "invalidValue"),
)


async def test_of_changes_one_of_which_is_wrong_none_is_made(provider: IdentityProvider) -> None:
    key = await provider.user("ann", title="Head")
    before = await provider.get(f"Users/{key}")
    for operation, scim_type in WRONG_OPERATIONS:
        answer = await provider.patch(f"Users/{key}", {"op": "replace", "path": "title", "value": "Chief"}, operation)
        assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type), operation
    assert await provider.get(f"Users/{key}") == before


async def test_a_change_is_made_to_the_version_that_the_client_knows(provider: IdentityProvider) -> None:
    key = await provider.user("ann")
    first = await provider.send("GET", f"Users/{key}")
    version = first.headers["ETag"]
    assert (await provider.send("GET", f"Users/{key}", **{"If-None-Match": version})).status_code == 304
    body = {"schemas": [f"{CORE}:User"], "userName": "ann", "title": "Head"}
    changed = await provider.send("PUT", f"Users/{key}", body, **{"If-Match": version})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != version
    for given in (version, '"other"'):
        assert (await provider.send("DELETE", f"Users/{key}", **{"If-Match": given})).status_code == 412
    assert (await provider.send("DELETE", f"Users/{key}", **{"If-Match": "*"})).status_code == 204


async def test_what_is_shown_can_be_chosen(provider: IdentityProvider) -> None:
    key = await provider.user("ann", name={"givenName": "Ann", "familyName": "Lee"}, title="Head")
    only = await provider.get(f"Users/{key}?attributes=name.givenName,{CORE}:User:title")
    assert only == {"schemas": [f"{CORE}:User"], "id": key, "name": {"givenName": "Ann"}, "title": "Head"}
    without = await provider.get(f"Users/{key}?excludedAttributes=name.givenName,title,id,meta")
    assert without == {"schemas": [f"{CORE}:User"], "id": key, "userName": "ann", "name": {"familyName": "Lee"}}
    (listed,) = (await provider.get("Users?attributes=userName"))["Resources"]
    assert listed == {"schemas": [f"{CORE}:User"], "id": key, "userName": "ann"}


async def test_a_body_that_is_no_json_is_refused(provider: IdentityProvider) -> None:
    send = partial(provider.platform.http.post, provider.base + "/Users")
    for content in (b"", b"{", b'{"userName": "\\ud800"}', b"[" * 5_000, b'{"a":' * 500_000, b"\xff"):
        answer = await send(content=content)
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")


async def test_a_group_of_very_many_members_is_kept_and_changed(provider: IdentityProvider) -> None:
    ann = await provider.user("ann")
    members = [{"value": f"{number:036}", "display": f"Person {number}"} for number in range(20_000)]
    body = {"schemas": [f"{CORE}:Group"], "displayName": "all", "members": members}
    group = (await provider.send("POST", "Groups", body)).json()["id"]
    await provider.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ann}]})
    assert (await provider.get(f'Groups?filter=members[value eq "{ann}"]&excludedAttributes=members'))["Resources"]
    await provider.patch(f"Groups/{group}", {"op": "remove", "path": 'members[display sw "Person"]'})
    assert [each["value"] for each in (await provider.get(f"Groups/{group}"))["members"]] == [ann]


async def test_a_search_that_compares_too_much_is_ended(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await provider.user(f"u{number}")
    monkeypatch.setattr(reader, "MOST_COMPARED", 9)
    answer = await provider.send("GET", 'Users?filter=title co "x" or title co "y"')
    assert (answer.status_code, answer.json()["scimType"]) == (400, "tooMany")
    assert (await provider.get('Users?filter=userName eq "U3"'))["totalResults"] == 1
    assert (await provider.get(f"Users?startIndex={10**30}"))["Resources"] == []


async def test_changes_that_compare_or_keep_too_much_are_refused(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patch, "MOST_COMPARED", 5)
    group = await provider.group("trials", "a", "b")
    operation = {"op": "Remove", "path": 'members[display co "nobody"]'}
    assert (await provider.patch(f"Groups/{group}", operation, operation)).status_code == 204
    answer = await provider.patch(f"Groups/{group}", operation, operation, operation)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "tooMany")
    ann = await provider.user("ann")
    mails = [[{"value": f"{number}-{each}"} for each in range(600)] for number in range(2)]
    operations = [{"op": "Add", "path": "emails", "value": each} for each in mails]
    assert (await provider.patch(f"Users/{ann}", operations[0])).status_code == 200
    answer = await provider.patch(f"Users/{ann}", operations[1])
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


async def test_what_was_received_is_there_when_the_server_starts_again(tmp_path: Path) -> None:
    async with receiving(tmp_path) as provider:
        ann = await provider.user("ann")
        before = await provider.get(f"Users/{ann}?excludedAttributes=meta.location")
    async with receiving(tmp_path) as provider:
        assert await provider.get(f"Users/{ann}?excludedAttributes=meta.location") == before
