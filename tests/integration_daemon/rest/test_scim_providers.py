"""The requests of Microsoft Entra ID and Okta, in their own form, have the intended effect."""

from pathlib import Path
from typing import Any

import pytest
import trio

from tests.integration_daemon.rest.scim_platform import IdentityProvider, receiving
from tests.servers.scim_provider import CORE, ENTERPRISE

ENTRA_USER = {
    "schemas": [f"{CORE}:User", ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_ab6490ee@example.org",
    "active": True,
    "displayName": "Ann Lee",
    "emails": [{"primary": True, "type": "work", "value": "Test_User_ab6490ee@example.org"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Ann Lee", "familyName": "Lee", "givenName": "Ann"},
    "roles": [],
}
OKTA_USER = {
    "schemas": [f"{CORE}:User"],
    "userName": "test.user@okta.local",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.local", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


@pytest.fixture
async def provider(tmp_path: Path) -> Any:
    async with receiving(tmp_path) as found:
        yield found


async def test_entra_finds_nobody_and_then_creates_and_finds_a_user(provider: IdentityProvider) -> None:
    name = ENTRA_USER["userName"]
    none = await provider.get(f'Users?filter=userName eq "{name}"')
    assert (none["totalResults"], none["Resources"]) == (0, [])
    made = await provider.send("POST", "Users", ENTRA_USER)
    assert made.status_code == 201
    user = made.json()
    assert made.headers["Location"] == user["meta"]["location"] == f"{provider.base}/Users/{user['id']}"
    assert "roles" not in user
    assert user["emails"] == ENTRA_USER["emails"]
    found = await provider.get(f'Users?filter=externalId eq "{ENTRA_USER["externalId"]}"')
    assert [each["id"] for each in found["Resources"]] == [user["id"]]
    again = await provider.send("POST", "Users", ENTRA_USER | {"userName": str(name).upper()})
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")


async def test_entra_changes_what_is_there_and_what_is_not(provider: IdentityProvider) -> None:
    key = await provider.user("ann")
    answer = await provider.patch(
        f"Users/{key}",
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ann@example.org"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+44 1"},
        {"op": "Replace", "path": 'addresses[type eq "work"].country', "value": "GB"},
        {"op": "Add", "path": "name.givenName", "value": "Ann"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Trials"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "the-id-of-bo"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:example:2.0:User:tag", "value": "x"},
    )
    assert answer.status_code == 200
    user = answer.json()
    assert user["emails"] == [{"type": "work", "value": "ann@example.org"}]
    assert user["phoneNumbers"] == [{"type": "mobile", "value": "+44 1"}]
    assert user["addresses"] == [{"type": "work", "country": "GB"}]
    assert user["name"] == {"givenName": "Ann"}
    assert user[ENTERPRISE]["department"] == "Trials"
    assert user[ENTERPRISE]["manager"]["value"] == "the-id-of-bo"
    assert user["active"] is False
    answer = await provider.patch(
        f"Users/{key}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "lee@example.org"},
        {"op": "Remove", "path": f"{ENTERPRISE}:manager"},
        {"op": "Remove", "path": 'phoneNumbers[type eq "mobile"]'},
        {"op": "Replace", "value": {"active": "True", "name.familyName": "Lee", f"{ENTERPRISE}:department": "Wards"}},
    )
    user = answer.json()
    assert user["emails"] == [{"type": "work", "value": "lee@example.org"}]
    assert "phoneNumbers" not in user
    assert user["name"] == {"givenName": "Ann", "familyName": "Lee"}
    assert user[ENTERPRISE] == {"department": "Wards"}
    assert user["active"] is True


@pytest.mark.parametrize("nobody", ["", None])
async def test_entra_takes_a_manager_away_by_an_empty_value(provider: IdentityProvider, nobody: str | None) -> None:
    key = await provider.user("ann", **{ENTERPRISE: {"manager": {"value": "the-id-of-bo"}, "department": "Trials"}})
    answer = await provider.patch(f"Users/{key}", {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": nobody})
    assert answer.json()[ENTERPRISE] == {"department": "Trials"}


async def test_entra_adds_and_removes_members_and_asks_for_groups_without_them(provider: IdentityProvider) -> None:
    ann, bo, cy = [await provider.user(name) for name in ("ann", "bo", "cy")]
    group = await provider.group("trials")
    added = await provider.patch(
        f"Groups/{group}",
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ann}, {"$ref": None, "value": bo}]},
        {"op": "Add", "path": "members", "value": [{"value": cy}]},
    )
    assert (added.status_code, added.content) == (204, b"")
    shown = await provider.get(f"Groups/{group}")
    assert {each["value"]: each["$ref"] for each in shown["members"]} == {
        each: f"{provider.base}/Users/{each}" for each in (ann, bo, cy)
    }
    assert "members" not in await provider.get(f"Groups/{group}?excludedAttributes=members")
    member = await provider.get(f'Groups?filter=id eq "{group}" and members eq "{bo}"')
    assert member["totalResults"] == 1
    await provider.patch(f"Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": ann}]})
    await provider.patch(f"Groups/{group}", {"op": "remove", "path": f'members[value eq "{bo}"]'})
    assert [each["value"] for each in (await provider.get(f"Groups/{group}"))["members"]] == [cy]
    assert (await provider.get(f'Groups?filter=members[value eq "{bo}"]'))["totalResults"] == 0
    assert (await provider.send("DELETE", f"Users/{cy}")).status_code == 204
    assert "members" not in await provider.get(f"Groups/{group}")


async def test_okta_creates_replaces_and_deactivates_users_and_their_password_is_not_kept(
    provider: IdentityProvider, tmp_path: Path
) -> None:
    made = (await provider.send("POST", "Users", OKTA_USER)).json()
    assert "password" not in made
    page = await provider.get('Users?filter=userName eq "test.user@okta.local"&startIndex=1&count=100')
    assert [each["id"] for each in page["Resources"]] == [made["id"]]
    replaced = await provider.send(
        "PUT", f"Users/{made['id']}", {**made, "name": {"givenName": "Another", "familyName": "User"}}
    )
    assert replaced.json()["name"]["givenName"] == "Another"
    answer = await provider.patch(f"Users/{made['id']}", {"op": "replace", "value": {"active": False}})
    assert answer.json()["active"] is False
    kept = [each.read_bytes() for each in (tmp_path / "data").rglob("scim.sqlite*")]
    assert len(kept) > 1
    assert not any(b"1mz050nq" in each for each in kept)


async def test_okta_pushes_groups(provider: IdentityProvider) -> None:
    ann, bo = [await provider.user(name) for name in ("ann", "bo")]
    group = await provider.group("Test SCIMv2", ann)
    renamed = await provider.patch(
        f"Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "Test SCIMv2b"}}
    )
    assert renamed.status_code == 204
    await provider.patch(
        f"Groups/{group}",
        {"op": "remove", "path": f'members[value eq "{ann}"]'},
        {"op": "add", "path": "members", "value": [{"value": bo, "display": "bo@example.org"}]},
    )
    shown = await provider.get(f"Groups/{group}")
    assert shown["displayName"] == "Test SCIMv2b"
    assert [(each["value"], each["display"]) for each in shown["members"]] == [(bo, "bo@example.org")]
    await provider.patch(f"Groups/{group}", {"op": "replace", "path": "members", "value": [{"value": ann}]})
    assert [each["value"] for each in (await provider.get(f"Groups/{group}"))["members"]] == [ann]


async def test_a_change_that_changes_nothing_makes_no_version(provider: IdentityProvider) -> None:
    ann = await provider.user("ann", displayName="Ann")
    group = await provider.group("trials", ann)
    before = [await provider.get(f"Users/{ann}"), await provider.get(f"Groups/{group}")]
    await provider.patch(f"Users/{ann}", {"op": "Replace", "path": "displayName", "value": "Ann"})
    await provider.patch(f"Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": ann}]})
    await provider.send("PUT", f"Groups/{group}", before[1])
    assert [await provider.get(f"Users/{ann}"), await provider.get(f"Groups/{group}")] == before


async def test_many_changes_at_once_are_all_carried_out(provider: IdentityProvider) -> None:
    group = await provider.group("trials")

    async def add(number: int) -> None:
        made = await provider.user(f"u{number}")
        await provider.patch(f"Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": made}]})

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(add, number)
    assert len((await provider.get(f"Groups/{group}"))["members"]) == 20
    pages = [await provider.get(f"Users?startIndex={start}&count=7") for start in (1, 8, 15)]
    assert len({each["id"] for page in pages for each in page["Resources"]}) == 20
    assert {page["totalResults"] for page in pages} == {20}
