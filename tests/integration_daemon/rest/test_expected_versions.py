"""A change that states the version it is based on is refused if the document has a newer one."""

from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.rest.app import ROUTES
from integration_daemon.rest.openapi import description
from tests.integration_daemon.rest.administered import SERVER, SERVICE, VERSIONS, connector, stored, versions
from tests.integration_daemon.rest.platforms import Served, daemon_document, served

NATIVE = "/api/v1/servers/exchangeDL01"
REFUSED = "INTEGRATION-DAEMON-CONFIG-409-001"
STARTS = (("POST", "/instance"), ("POST", "/instance/configuration"))


async def sent(platform: Served, method: str, path: str, expected: int | str, body: Any = None) -> tuple[int, Any]:
    """The status and the answer of a change that is based on this version."""
    request = {} if body is None else {"json": body}
    url = f"{platform.url}{path}{'&' if '?' in path else '?'}expectedVersion={expected}"
    answer = await platform.http.request(method, url, **request)
    return answer.status_code, answer.json()


def changes(document: dict[str, Any], directory: Path) -> list[tuple[str, str, Any]]:
    """A request of each kind that changes the document."""
    return [
        ("POST", SERVER + "/max-page-size?limit=7", None),
        ("POST", SERVER + "/server-properties", {"maxPageSize": 7}),
        ("POST", SERVER + "/configuration", document),
        ("DELETE", SERVER + "/configuration", None),
        ("POST", SERVER + SERVICE, {}),
        ("DELETE", SERVER + SERVICE, None),
        ("POST", f"{SERVER}{SERVICE}/connectors/monitor 0", connector(directory)),
        ("DELETE", f"{SERVER}{SERVICE}/connectors/monitor 0", None),
        ("POST", SERVER + "/audit-log-destinations/files", []),
        ("POST", SERVER + "/integration-groups/configuration", {"integrationGroupQualifiedName": "a"}),
        ("POST", SERVER + "/instance/configuration", document),
    ]


@pytest.mark.parametrize("running", [True, False])
async def test_a_change_of_an_older_version_stores_nothing(tmp_path: Path, running: bool) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        await platform.post(SERVER + "/organization-name?name=Coco")
        if not running:
            await platform.platform.stop_server("exchangeDL01")
        before, kept = await stored(platform), await versions(platform)
        for method, path, body in changes({**document, "maxPageSize": 7}, tmp_path):
            status, answer = await sent(platform, method, path, 1, body)
            assert (status, answer["relatedHTTPCode"]) == (409, 409), path
            assert answer["exceptionErrorMessageId"] == REFUSED, path
            told = answer["exceptionProperties"]
            assert (told["expected"], told["newest"], told["user"]) == ("1", "2", "garygeeke"), path
        native: list[tuple[str, Any]] = [("/documents/1/restore", None)]
        native += [("/reload", {**document, "maxPageSize": 7}), ("/reload", None)] if running else []
        for path, body in native:
            status, answer = await sent(platform, "POST", NATIVE + path, 1, body)
            assert (status, answer["messageId"], answer["parameters"]["newest"]) == (409, REFUSED, "2"), path
        assert (await stored(platform), await versions(platform)) == (before, kept)


async def test_a_change_of_the_newest_version_is_stored(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        assert (await sent(platform, "POST", SERVER + "/organization-name?name=Coco", 1))[0] == 200
        status, answer = await sent(platform, "POST", NATIVE + "/reload", 2, {**document, "maxPageSize": 7})
        assert (status, answer["version"]) == (200, 3)
        status, answer = await sent(platform, "POST", NATIVE + "/documents/1/restore", 3)
        assert (status, answer["version"]) == (200, 4)
        await platform.platform.stop_server("exchangeDL01")
        assert (await sent(platform, "POST", SERVER + "/instance", 3))[0] == 409
        assert (await sent(platform, "POST", SERVER + "/instance", 4))[0] == 200
        await platform.platform.stop_server("exchangeDL01")
        assert (await sent(platform, "DELETE", SERVER + "/configuration", 4))[0] == 200


async def test_version_0_stands_for_a_server_without_a_document(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        status, answer = await sent(platform, "POST", SERVER + "/organization-name?name=Coco", 3)
        assert (status, answer["exceptionProperties"]["newest"]) == (409, "0")
        assert (await sent(platform, "POST", SERVER + "/organization-name?name=Coco", 0))[0] == 200
        assert (await sent(platform, "POST", SERVER + "/organization-name?name=Other", 0))[0] == 409
        assert (await sent(platform, "POST", SERVER + "/organization-name?name=Other", "first"))[0] == 400
        assert await versions(platform) == [(1, "organizationName")]


async def test_of_simultaneous_changes_of_one_version_one_is_stored(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        statuses: list[int] = []

        async def change(limit: int) -> None:
            statuses.append((await sent(platform, "POST", f"{SERVER}/max-page-size?limit={limit}", 1))[0])

        async with trio.open_nursery() as nursery:
            for limit in range(10, 18):
                nursery.start_soon(change, limit)
        assert sorted(statuses) == [200, *[409] * 7]
        assert len((await platform.get(VERSIONS))["versions"]) == 2


def test_every_change_of_a_stored_document_can_state_its_version() -> None:
    administration = "/open-metadata/admin-services/servers/{server}"
    lacking = []
    for path, operations in description(ROUTES)["paths"].items():
        for method, operation in operations.items():
            place = (method.upper(), path.removeprefix(administration))
            is_change = path.startswith(administration) and method != "get"
            if is_change and ("instance" not in path or place in STARTS) and path != administration:
                names = {each["name"] for each in operation["parameters"]}
                lacking += [] if "expectedVersion" in names else [place]
    assert lacking == []
