"""A stranger learns nothing but that the platform lives; others may do what their roles grant, and no more."""

import os
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.rest.app import ROUTES
from integration_daemon.rest.route import Route
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.permissions import Permission, Role
from integration_daemon.security.sessions import MOST_SESSIONS
from integration_daemon.security.tokens import TokenFile
from tests.faults.fuzzing import seed
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT
from tests.integration_daemon.security.guarded import guarded

PARAMETERS = {
    "server": "exchangeDL01",
    "user": "erinoverview",
    "marker": "files-integrator",
    "connector": "monitor%200",
    "provider": "data-files-monitor",
    "guid": "none",
}


def spoil_by_nesting(file: Path) -> None:
    file.write_text('[{"x": ' + "[" * 200_000 + "]" * 200_000 + "}]")


def spoil_by_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def spoil_by_removal(file: Path) -> None:
    file.unlink()


def one_spelling(route: Route, purpose: str) -> list[str]:
    """A path template of a route, which the seed chooses: all of them lead to the same function."""
    return [random.Random(f"{seed()}/{purpose}/{route.template}").choice(route.paths)]


def requests_of(route: Route, paths: Sequence[str] = ()) -> list[tuple[str, str]]:
    """A method and a path for each spelling of a route, or for some; none ends the platform or the server."""
    return [
        (method, re.sub(r"{(\w+)}", lambda name: PARAMETERS.get(name[1], "none"), path))
        for path in paths or route.paths
        for method in route.methods
    ]


def ends_something(route: Route) -> bool:
    return route.permission is Permission.ADMINISTER_SERVERS and "DELETE" in route.methods


@pytest.mark.timeout(400)
@pytest.mark.no_cover  # the same lines for each route
async def test_a_caller_without_a_token_is_refused_by_every_protected_route(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        for route in ROUTES:
            some = requests_of(route, one_spelling(route, "no token"))
            wrong_tokens = [(*each, token) for each in some for token in ("idt_" + "A" * 43, "é")]
            for method, path, token in [*((*each, None) for each in requests_of(route)), *wrong_tokens]:
                answer = await platform.send(method, path, token, content=b"no body of any route")
                if route.permission is Permission.PUBLIC:
                    assert answer.status_code not in (401, 403), path
                    continue
                assert answer.status_code == 401, (method, path)
                assert "OMAG-PLATFORM-401-001" in answer.text
                assert "exchangeDL01" not in answer.text.replace(path, "")


@pytest.mark.timeout(400)
@pytest.mark.no_cover  # the same lines for each route
@pytest.mark.parametrize("role", Role)
async def test_each_role_grants_only_its_own_permissions(role: Role, tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        for route in ROUTES:
            may = route.permission in role.permissions
            if may and ends_something(route):
                continue
            for method, path in requests_of(route, one_spelling(route, role.value)):
                answer = await platform.send(method, path, platform.tokens[role], content=b"\x00 no body of any route")
                refused = answer.status_code == 403 and "OMAG-PLATFORM-403-002" in answer.text
                assert refused is not may, (method, path, answer.text)


@pytest.mark.parametrize(
    "change", ["integration-connectors/{}/endpoint-network-address", "integration-connectors/{}/connection",
               "integration-connectors/configuration-properties",
               "integration-services/files-integrator/connectors/configuration-properties"],
)  # fmt: skip
async def test_an_operator_cannot_redirect_the_secrets_of_a_connector(change: str, tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        path = f"/servers/exchangeDL01/open-metadata/integration-daemon/users/u/{change.format('monitor%200')}"
        answer = await platform.send("POST", path, platform.tokens[Role.OPERATOR], json={})
        assert answer.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-002"


async def test_each_call_of_a_batch_requires_its_own_permission(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        path = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/npa/batch/calls"
        calls = [
            {"call": "find", "user": "npa", "body": {}},
            {"call": "sources", "user": "npa", "body": {"qualifiedName": "landing"}},
        ]
        reader = await platform.send("POST", path, platform.tokens[Role.METADATA_READER], json=calls)
        found, refused = reader.json()
        assert found == []
        assert refused["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-002"
        writer = await platform.send("POST", path, platform.tokens[Role.METADATA_WRITER], json=calls)
        assert "exceptionErrorMessageId" not in writer.text
        bound = platform.file.create("bound", (Role.METADATA_WRITER,), user="npa", expires=None)
        await platform.until_accepted(bound)
        for_another = [{**each, "user": "garygeeke"} for each in calls]
        answers = await platform.send("POST", path, bound, json=for_another)
        assert [each["exceptionErrorMessageId"] for each in answers.json()] == ["OMAG-PLATFORM-403-003"] * 2


def test_every_route_declares_its_permission() -> None:
    public = {route.template for route in ROUTES if route.permission is Permission.PUBLIC}
    assert public == {
        "/livez",
        "/readyz",
        "/open-metadata/platform-services{users}/server-platform/origin",
        "/api/about",
        "/api/token",
        "/servers/{server}/api/token",
    }


async def test_a_revoked_or_expired_token_is_refused(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        viewer = platform.tokens[Role.VIEWER]
        assert (await platform.send("GET", "/api/v1/servers", viewer)).status_code == 200
        platform.file.revoke("viewer")
        await platform.until_revoked(viewer)
        made_later = platform.file.create("later", (Role.VIEWER,), user=None, expires=None)
        await platform.until_accepted(made_later)
        expired = platform.file.create("expired", (Role.VIEWER,), user=None, expires=1.0)
        await trio.sleep(2 * POLL_INTERVAL)
        assert (await platform.send("GET", "/api/v1/servers", expired)).status_code == 401


async def test_no_token_is_valid_while_the_token_file_cannot_be_read(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        platform.file.path.write_text("[{")
        await platform.until_revoked(platform.tokens[Role.ADMINISTRATOR])
        assert [message.id for message, _ in platform.recorded].count("OMAG-PLATFORM-0118") == 1


async def test_a_token_of_a_user_makes_requests_only_for_that_user(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        token = platform.file.create("erin", (Role.VIEWER,), user="erinoverview", expires=None)
        path = "/servers/exchangeDL01/open-metadata/integration-daemon/users/{}/status"
        await platform.until_accepted(token)
        assert (await platform.send("GET", path.format("erinoverview"), token)).status_code == 200
        refused = await platform.send("GET", path.format("garygeeke"), token)
        assert refused.status_code == 403
        assert refused.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-003"


async def test_a_token_is_accepted_as_a_basic_password(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        answer = await platform.http.get(
            platform.url + "/api/v1/servers", auth=("whoever", platform.tokens[Role.VIEWER])
        )
        assert answer.status_code == 200


async def test_a_login_link_works_once(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform, httpx2.AsyncClient() as browser:
        made = await platform.send("POST", "/api/v1/console-links", platform.tokens[Role.VIEWER])
        link = platform.url + made.json()["path"]
        login = await browser.get(link)
        page, _, key = login.headers["location"].partition("#key=")
        assert (login.status_code, page) == (303, "/")
        assert {"HttpOnly", "SameSite=Strict"} <= set(login.headers["set-cookie"].split("; "))
        assert (await browser.get(platform.url + "/api/v1/servers")).status_code == 401  # as from another port
        browser.headers["X-Console-Key"] = key
        assert (await browser.get(platform.url + "/api/v1/servers")).status_code == 200
        assert (await browser.post(platform.url + "/api/v1/servers/exchangeDL01/connectors/refresh")).status_code == 403
        assert (await browser.post(platform.url + "/api/v1/console-links")).status_code == 401
        async with httpx2.AsyncClient(headers={"X-Console-Key": key}) as other:
            assert (await other.get(link)).status_code == 401
            assert (await other.get(platform.url + "/api/v1/servers")).status_code == 401
        platform.file.revoke("viewer")
        await platform.until_revoked(platform.tokens[Role.VIEWER])
        assert (await browser.get(platform.url + "/api/v1/servers")).status_code == 401


async def test_a_session_ends_when_its_browser_logs_out(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform, httpx2.AsyncClient() as browser:
        made = await platform.send("POST", "/api/v1/console-links", platform.tokens[Role.VIEWER])
        login = await browser.get(platform.url + made.json()["path"])
        key = login.headers["location"].partition("#key=")[2]
        (cookie,) = [f"{name}={value}" for name, value in browser.cookies.items()]
        assert (await browser.post(platform.url + "/api/v1/logout")).status_code == 401  # as a foreign page would
        both = {"Cookie": cookie, "X-Console-Key": key}
        with_token = await platform.http.post(
            platform.url + "/api/v1/logout", headers={**both, "Authorization": f"Bearer {platform.tokens[Role.VIEWER]}"}
        )
        assert with_token.json()["messageId"] == "OMAG-PLATFORM-400-160"
        assert (await platform.http.get(platform.url + "/api/v1/servers", headers=both)).status_code == 200
        answer = await browser.post(platform.url + "/api/v1/logout", headers={"X-Console-Key": key})
        assert answer.status_code == 200
        assert not browser.cookies
        assert (await platform.http.get(platform.url + "/api/v1/servers", headers=both)).status_code == 401


async def test_a_request_with_several_authorization_headers_is_refused(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        headers = [("Authorization", f"Bearer {platform.tokens[role]}") for role in (Role.VIEWER, Role.ADMINISTRATOR)]
        refused = await platform.http.get(platform.url + "/api/v1/servers", headers=headers)
        assert refused.status_code == 401
        assert "several headers Authorization" in refused.text
        accepted = await platform.http.get(platform.url + "/api/v1/servers", headers=headers[:1])
        assert accepted.status_code == 200


async def test_a_caller_cannot_end_the_sessions_of_another(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform, httpx2.AsyncClient() as browser:
        made = await platform.send("POST", "/api/v1/console-links", platform.tokens[Role.ADMINISTRATOR])
        login = await browser.get(platform.url + made.json()["path"])
        browser.headers["X-Console-Key"] = login.headers["location"].partition("#key=")[2]
        for _ in range(MOST_SESSIONS + 1):
            link = await platform.send("POST", "/api/v1/console-links", platform.tokens[Role.VIEWER])
            async with httpx2.AsyncClient() as viewer:
                assert (await viewer.get(platform.url + link.json()["path"])).status_code == 303
        assert (await browser.get(platform.url + "/api/v1/servers")).status_code == 200


async def test_previewing_a_login_link_does_not_use_it_up(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        made = await platform.send("POST", "/api/v1/console-links", platform.tokens[Role.VIEWER])
        link = platform.url + made.json()["path"]
        assert (await platform.http.head(link)).status_code == 405
        assert (await platform.http.get(link)).status_code == 303


async def test_a_unix_socket_knows_its_own_user_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx2.AsyncHTTPTransport(uds=str(tmp_path / "socket"))
    async with guarded(tmp_path, socket_path=tmp_path / "socket") as platform:
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert (await client.get("/api/v1/servers")).status_code == 200
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)  # as if this process were another user's
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert (await client.get("/api/v1/servers")).status_code == 401
            token = {"Authorization": f"Bearer {platform.tokens[Role.VIEWER]}"}
            assert (await client.get("/api/v1/servers", headers=token)).status_code == 200
        monkeypatch.undo()


@pytest.mark.parametrize("spoil", [spoil_by_nesting, spoil_by_pipe, spoil_by_removal], ids=lambda spoil: spoil.__name__)
async def test_a_spoilt_token_file_makes_tokens_invalid_until_it_is_repaired(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    async with guarded(tmp_path) as platform:
        kept = platform.file.path.read_bytes()
        spoil(platform.file.path)
        await platform.until_revoked(platform.tokens[Role.VIEWER])
        assert [message.id for message, _ in platform.recorded].count("OMAG-PLATFORM-0118") == 1
        platform.file.path.unlink(missing_ok=True)
        platform.file.path.write_bytes(kept)
        await platform.until_accepted(platform.tokens[Role.VIEWER])


async def test_changes_are_recorded_with_the_user_of_the_token(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        token = platform.file.create("bound", (Role.METADATA_WRITER,), user="alice", expires=None)
        await platform.until_accepted(token)
        root = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store"
        put = {"change": "put", "typeName": "GlossaryTerm", "qualifiedName": "term", "sourceKey": "term"}
        change = {**put, "fingerprint": "1", "properties": {"qualifiedName": "term"}}
        for user, status in (("bob", 403), ("", 200)):
            batch = {"user": user, "changes": [change]}
            assert (await platform.send("POST", f"{root}/batch/apply", token, json=batch)).status_code == status
            combined = [{"call": "apply", "user": user, "body": batch}]
            (answer,) = (await platform.send("POST", f"{root}/batch/calls", token, json=combined)).json()
            assert ("exceptionErrorMessageId" in answer) == (status == 403), answer
        path = "/api/v1/servers/cocoMDS1/elements?type=GlossaryTerm"
        (element,) = (await platform.send("GET", path, platform.tokens[Role.METADATA_READER])).json()["elements"]
        assert element["createdBy"] == "alice"


async def test_refused_requests_leave_a_bounded_number_of_audit_records(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        for _ in range(20):
            await platform.send("GET", "/api/v1/servers")
            await platform.send("POST", "/api/v1/servers/exchangeDL01/connectors/refresh", platform.tokens[Role.VIEWER])
        with trio.fail_after(5):
            while len(platform.recorded) < 2:  # noqa: ASYNC110
                await trio.sleep(0.02)
        first = {message.id: message.render(inserts) for message, inserts in platform.recorded}
        assert len(first) == len(platform.recorded) == 2
        assert (
            "1 HTTP requests were refused because their callers were not authenticated, the last of them from 127.0.0.1"
            in first["OMAG-PLATFORM-0116"]
        )
        assert (
            "POST /api/v1/servers/exchangeDL01/connectors/refresh of token viewer from 127.0.0.1"
            in first["OMAG-PLATFORM-0117"]
        )


def test_only_the_hash_of_a_token_is_stored_in_a_private_file(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "data")
    token = file.create("ci", (Role.OPERATOR,), user=None, expires=None)
    assert len(token) == len("idt_") + 43
    assert token.encode() not in file.path.read_bytes()
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_live_stream_ends_when_its_token_is_revoked(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        headers = {"Authorization": f"Bearer {platform.tokens[Role.VIEWER]}"}
        async with platform.http.stream("GET", platform.url + "/api/v1/events", headers=headers) as answer:
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            platform.file.revoke("viewer")
            await platform.until_revoked(platform.tokens[Role.VIEWER])
            await platform.send("POST", "/api/v1/connectors/pause", platform.tokens[Role.OPERATOR])
            with trio.fail_after(60):
                shown = [line async for line in lines]
        assert "PAUSED" not in str(shown)
