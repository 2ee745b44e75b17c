"""People and groups are catalogued from a real SCIM service provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.errors import (
    ConnectorConfigurationError,
    RefreshPostponedError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.framework.connection import Connection, Endpoint
from services.framework.dry_run import dry_run
from services.organization.scim_monitor.scim_monitor import ScimMonitor
from services.secret import Secret
from services.testing.running import RunningConnector, running_connector
from tests.servers.between import Answer, between
from tests.servers.scim_provider import ENTERPRISE, TOKEN, CursorProvider, ScimProvider, Tenant
from tests.services.organization.catalogued import appointments, names_of, wholes


@asynccontextmanager
async def running(
    directory: Path, address: str, *, token: str = TOKEN, **settings: Any
) -> AsyncIterator[RunningConnector]:
    connection = Connection(
        endpoint=Endpoint(address=address),
        secured_properties={"token": Secret(token)} if token else None,
        configuration_properties={"pageSize": 3, **settings},
    )
    async with running_connector(ScimMonitor, directory, connection=connection) as found:
        yield found


def people(tenant: Tenant, number: int) -> list[str]:
    return [tenant.user(f"u{n}", displayName=f"Person {n}") for n in range(number)]


def hospital(tenant: Tenant) -> tuple[str, str, str]:
    ann = tenant.user(
        "ann",
        name={"givenName": "Ann", "familyName": "Lee", "formatted": "Ann Lee"},
        title="Head",
        emails=[{"value": "ann@example.org", "type": "work", "primary": True}],
        phoneNumbers=[{"value": "tel:+44-1", "type": "work"}],
    )
    bo = tenant.user("bo", displayName="Bo", manager=ann, number="E2")
    cy = tenant.user("cy", displayName="Cy")
    trials = tenant.group("trials", bo)
    tenant.group("research", ann, groups=[trials])
    return ann, bo, cy


@pytest.fixture(params=["index", "cursor"])
def tenant(request: pytest.FixtureRequest, scim: ScimProvider, scim_by_cursor: CursorProvider) -> Tenant:
    return (scim if request.param == "index" else scim_by_cursor).new_tenant()


@pytest.fixture
def numbered(scim: ScimProvider) -> Tenant:
    return scim.new_tenant()


async def test_people_groups_and_managers_are_catalogued_once(tenant: Tenant, tmp_path: Path) -> None:
    hospital(tenant)
    people(tenant, 9)
    async with running(tmp_path, tenant.url) as connector:
        await connector.refresh()
        store = connector.store
        assert not [each for each in connector.messages if "does not catalogue" in each]
        assert await names_of(store, "UserIdentity") == ["ann", "bo", "cy", *(f"u{n}" for n in range(9))]
        assert await names_of(store, "ContactDetails") == ["+44-1", "ann@example.org"]
        assert await wholes(store) == [("trials", "research")]
        found = await appointments(store)
        assert found["Ann Lee"] == {"Member of research": "", "Leader of Reports of Ann Lee": ""}
        assert found["Bo"] == {"Member of trials": "", "Member of Reports of Ann Lee": ""}
        bo = next(each for each in await connector.elements("Person") if each.properties["displayName"] == "Bo")
        assert bo.properties["employeeNumber"] == "E2"
        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_a_user_who_is_not_active_or_is_deleted_has_left(tenant: Tenant, tmp_path: Path) -> None:
    ann, bo, _ = hospital(tenant)
    async with running(tmp_path, tenant.url, fullScanSeconds=0) as connector:
        await connector.refresh()
        tenant.patch(f"Users/{ann}", "replace", "active", False)
        tenant.delete(f"Users/{bo}")
        await connector.refresh()
        found = await appointments(connector.store)
        assert all(found["Ann Lee"].values())
        assert all(found["Bo"].values())
        assert sorted(await names_of(connector.store, "Person")) == ["Ann Lee", "Bo", "Cy"]
        tenant.patch(f"Users/{ann}", "replace", "active", True)
        await connector.refresh()
        assert (await appointments(connector.store))["Ann Lee"]["Member of research"] == ""


async def test_changes_alone_are_asked_for_between_complete_scans(numbered: Tenant, tmp_path: Path) -> None:
    ann, bo, _ = hospital(numbered)
    with between(numbered.url) as server:
        async with running(tmp_path, server.address) as connector:
            await connector.refresh()
            server.requests.clear()
            numbered.patch(f"Users/{ann}", "replace", "title", "Chief")
            numbered.delete(f"Users/{bo}")
            assert (await connector.refresh()).updated > 0
            assert server.count("filter=meta.lastModified") == len(server.requests) == 2
            found = {each.properties["displayName"]: each.properties for each in await connector.elements("Person")}
            assert found["Ann Lee"]["jobTitle"] == "Chief"
            assert not any((await appointments(connector.store))["Bo"].values())


async def test_a_provider_that_refuses_the_filter_is_read_completely(numbered: Tenant, tmp_path: Path) -> None:
    _, bo, _ = hospital(numbered)
    with between(numbered.url) as server:
        refused = Answer(501, b'{"status": "501"}', {})
        server.spoil = lambda method, path, answer: refused if "filter" in path else answer
        async with running(tmp_path, server.address) as connector:
            await connector.refresh()
            numbered.delete(f"Users/{bo}")
            await connector.refresh()
            assert all((await appointments(connector.store))["Bo"].values())


class Removing:
    """The first two are removed, and two added behind, when the first page was read: the number of all stays."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._is_done = False

    def __call__(self, method: str, path: str, answer: Answer) -> Answer:
        if "Users?startIndex=1&" in path and not self._is_done:
            self._is_done = True
            ids = [str(each["id"]) for each in msgspec.json.decode(answer.body)["Resources"]]
            for each in ids[:2]:
                self._tenant.delete(f"Users/{each}")
            added = 0
            while added < 2:  # the provider lists by ids, which are random
                made = self._tenant.user(f"later{added}")
                added += made > ids[-1]
                if made <= ids[-1]:
                    self._tenant.delete(f"Users/{made}")
        return answer


async def test_somebody_who_is_moved_to_another_page_has_not_left(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 9)
    with between(numbered.url) as server:
        async with running(tmp_path, server.address, fullScanSeconds=0) as connector:
            await connector.refresh()
            server.spoil = Removing(numbered)
            await connector.refresh()
            assert len(await connector.elements("Person")) == 11
            assert any("the appointments of 2 people were ended" in each for each in connector.messages)


async def test_pages_that_never_belong_together_take_nobody_as_gone(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 9)
    with between(numbered.url) as server:
        async with running(tmp_path, server.address, fullScanSeconds=0) as connector:
            await connector.refresh()
            server.spoil = more_of_all
            outcome = await connector.refresh()
            assert (outcome.updated, outcome.removed) == (0, 0)
            assert any("the number of all was" in each for each in connector.messages)
        async with running(tmp_path, server.address) as connector:
            with pytest.raises(RefreshPostponedError, match="are inconsistent"):
                await connector.refresh()
            assert len(await connector.elements("Person")) == 9


def more_of_all(method: str, path: str, answer: Answer) -> Answer:
    """The number of all is another on each page."""
    if "startIndex=" not in path or answer.status != 200:
        return answer
    body = msgspec.json.decode(answer.body)
    body["totalResults"] += int(path.partition("startIndex=")[2].partition("&")[0])
    return answer._replace(body=msgspec.json.encode(body))


@pytest.mark.parametrize(
    "spoiled",
    [
        Answer(500, b"", {}),
        Answer(200, b'{"totalResults": 9, "Resources": [{"id"', {}),
        Answer(200, b"[" * 100_000, {}),
        Answer(200, b'{"totalResults": 9, "Resources": [' + b"[" * 100_000, {}),
        Answer(400, b'{"scimType": "expiredCursor"}', {}),
        Answer(302, b"", {"Location": "http://127.0.0.1:1/Users"}),
    ],
    ids=["error", "cut off", "nested", "nested resource", "refused", "redirected"],
)
async def test_a_broken_page_changes_nothing(numbered: Tenant, tmp_path: Path, spoiled: Answer) -> None:
    people(numbered, 9)
    with between(numbered.url) as server:
        async with running(tmp_path, server.address, fullScanSeconds=0) as connector:
            await connector.refresh()
            server.spoil = lambda method, path, answer: spoiled if "startIndex=3" in path else answer
            with pytest.raises(ThirdPartyUnavailableError):
                await connector.refresh()
            assert len(await connector.elements("Person")) == 9
            assert len([each for each in connector.messages if "ended" in each]) == 1  # of the first refresh


async def test_a_provider_that_asks_to_wait_is_asked_again(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 2)
    waits = [Answer(429, b"", {"Retry-After": "0"}), Answer(503, b"", {"Retry-After": "Thu, 26 Nov 2020 00:00:00 GMT"})]
    with between(numbered.url) as server:
        server.spoil = lambda method, path, answer: waits.pop() if waits and "Users" in path else answer
        async with running(tmp_path, server.address) as connector:
            assert (await connector.refresh()).created > 0
        assert waits == []


async def test_a_wrong_token_is_refused_and_not_shown(numbered: Tenant, tmp_path: Path) -> None:
    async with running(tmp_path, numbered.url, token="guessed") as connector:
        with pytest.raises(UserNotAuthorizedError) as refused:
            await connector.refresh()
        assert "guessed" not in str(refused.value)


async def test_a_client_of_oauth2_fetches_its_token(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 1)
    token = b'{"access_token": "%s", "expires_in": 300}' % TOKEN.encode()
    with between(numbered.url) as server, between(numbered.url) as endpoint:
        endpoint.forwards = lambda method: False
        endpoint.spoil = lambda method, path, answer: Answer(200, token, {})
        connection = Connection(
            endpoint=Endpoint(address=server.address),
            user_id="client",
            clear_password=Secret("secret"),
            configuration_properties={"tokenEndpoint": f"{endpoint.address}/oauth2/token"},
        )
        async with running_connector(ScimMonitor, tmp_path, connection=connection) as connector:
            assert (await connector.refresh()).created > 0
    assert server.headers[0]["Authorization"] == f"Bearer {TOKEN}"


async def test_a_user_and_password_are_sent_by_basic_authentication(numbered: Tenant, tmp_path: Path) -> None:
    with between(numbered.url) as server:
        connection = Connection(
            endpoint=Endpoint(address=server.address), user_id="Aladdin", clear_password=Secret("open sesame")
        )
        async with running_connector(ScimMonitor, tmp_path, connection=connection) as connector:
            with pytest.raises(UserNotAuthorizedError):
                await connector.refresh()
    assert server.headers[0]["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


async def test_a_resource_that_cannot_be_read_stays_as_it_was(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 3)
    with between(numbered.url) as server:
        async with running(tmp_path, server.address, fullScanSeconds=0) as connector:
            await connector.refresh()
            server.spoil = spoiled_resources
            outcome = await connector.refresh()
            assert (outcome.updated, outcome.removed) == (0, 0)
            assert any("Expected `str | null`, got `int` - at `$.displayName`" in each for each in connector.messages)
            assert any("they have no id" in each for each in connector.messages)


def spoiled_resources(method: str, path: str, answer: Answer) -> Answer:
    """The first user has a number for a name, and the second no id."""
    if "Users?" not in path:
        return answer
    body = msgspec.json.decode(answer.body)
    body["Resources"][0]["displayName"] = 7
    del body["Resources"][1]["id"]
    return answer._replace(body=msgspec.json.encode(body))


async def test_lenient_forms_of_attributes_are_understood(numbered: Tenant, tmp_path: Path) -> None:
    ann = numbered.user("ann", manager=numbered.user("bo"))

    def lenient(method: str, path: str, answer: Answer) -> Answer:
        if "Users?" not in path:
            return answer
        body = msgspec.json.decode(answer.body)
        for each in body["Resources"]:
            each["active"], each["emails"], each["name"] = "False", None, {"formatted": "A\nB"}
            each.setdefault(ENTERPRISE, None)
        return answer._replace(body=msgspec.json.encode(body))

    with between(numbered.url) as server:
        server.spoil = lenient
        async with running(tmp_path, server.address) as connector:
            await connector.refresh()
            assert set(await names_of(connector.store, "Person")) == {"A B"}
            assert all(all(each.values()) for each in (await appointments(connector.store)).values())
    assert ann


async def test_a_dry_run_writes_nothing(numbered: Tenant, tmp_path: Path) -> None:
    people(numbered, 3)
    async with running(tmp_path, numbered.url) as connector:
        with dry_run() as run:
            await connector.refresh()
        assert run.changes.outcome.created == 6
        assert await connector.elements("Person") == []
        assert (await connector.refresh()).created == 6


@pytest.mark.parametrize(
    ("address", "settings", "problem"),
    [
        ("ldap://directory", {}, "it does not begin with https"),
        ("http://10.0.0.1/scim", {}, "credentials are sent over TLS alone"),
        ("https://a:b@directory/scim", {}, "it has a user"),
        ("https://directory/scim", {"pageSize": 1}, "it is not a whole number from 2"),
        ("https://directory/scim", {"fullScanSeconds": -1}, "it is not a whole number from 0"),
        ("https://directory/scim", {"tokenEndpoint": "https://x"}, "without a userId"),
        ("https://directory/scim", {"organizationName": 7}, "it is not a text"),
    ],
)
async def test_a_wrong_setting_is_told(tmp_path: Path, address: str, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConnectorConfigurationError, match=problem):
        async with running(tmp_path, address, **settings):
            pass


async def test_an_address_without_users_is_told(numbered: Tenant, tmp_path: Path) -> None:
    async with running(tmp_path, numbered.url + "/elsewhere") as connector:
        with pytest.raises(ConnectorConfigurationError, match="There are no SCIM users and groups at"):
            await connector.refresh()
