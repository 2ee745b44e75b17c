"""Attacks that worked on other control planes: paths that pass for public ones, bodies that are read too early, second
channels without authentication, and secrets that readers see."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from integration_daemon.config.limits import Limits
from integration_daemon.config.load import convert
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest.app import ROUTES
from integration_daemon.security.permissions import Permission, Role
from tests.integration_daemon.rest.platforms import daemon_document
from tests.integration_daemon.security.guarded import Guarded, guarded
from tests.integration_daemon.security.test_access import requests_of

PUBLIC_NAMES = ("livez", "readyz", "origin", "health", "login", "console.js")


async def raw(platform: Guarded, method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    """The beginning of the answer to a request whose target no client library has put in order."""
    host, port = platform.url.removeprefix("http://").split(":")
    head = "\r\n".join((f"{method} {target} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""))
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all(head.encode() + body)
        with trio.fail_after(5):
            return bytes(await stream.receive_some(65_536))


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/servers;x",
        "/api/v1/servers;/livez",
        "/livez;/api/v1/servers",
        "//api/v1/servers",
        "/livez//api/v1/servers",
        "/livez/../api/v1/servers",
        "/livez/%2e%2e/api/v1/servers",
        "/%2e/api/v1/servers",
        "/livez%2f..%2fapi%2fv1%2fservers",
        "/api/v1/servers/",
        "/API/v1/servers",
        "/api/v1/servers%00",
        "/api/v1/servers?/livez",
        "/api/v1/servers#/livez",
        "http://localhost/api/v1/servers",
        "/login/../api/v1/servers",
    ],
)
async def test_no_spelling_of_a_path_passes_for_a_public_one(target: str, tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        answer = await raw(platform, "GET", target)
        assert answer.split()[1] in (b"400", b"401", b"403", b"404"), answer
        assert b"exchangeDL01" not in answer


async def test_a_connector_with_the_name_of_a_public_path_is_not_public(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        await platform.platform.stop_server("exchangeDL01")
        document = daemon_document("exchangeDL01", tmp_path, connectors=len(PUBLIC_NAMES))
        (service,) = document["integrationServicesConfig"]
        for config, name in zip(service["integrationConnectorConfigs"], PUBLIC_NAMES, strict=True):
            config["connectorName"] = name
        await platform.platform.start_server(convert(document, "test"))
        for name in PUBLIC_NAMES:
            path = f"/api/v1/connectors/{name}"
            assert (await platform.send("GET", path)).status_code == 401
            assert (await platform.send("POST", f"{path}/restart")).status_code == 401
            assert (await platform.send("GET", path, platform.tokens[Role.VIEWER])).status_code == 200


async def test_a_refused_request_is_refused_before_its_body_is_there(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        unfinished = ("Content-Length: 1000", "Content-Type: application/json")
        viewer = f"Authorization: Bearer {platform.tokens[Role.VIEWER]}"
        readable = Role.VIEWER.permissions
        for route in ROUTES:
            if route.body is None or route.permission is Permission.PUBLIC:
                continue
            method, path = requests_of(route)[0]
            assert (await raw(platform, method, path, *unfinished, body=b"{")).split()[1] == b"401", path
            if route.permission not in readable:
                answer = await raw(platform, method, path, viewer, *unfinished, body=b"{")
                assert answer.split()[1] == b"403", path


@pytest.mark.no_cover  # the same lines for each route
async def test_no_other_method_and_no_other_protocol_is_a_way_around_authentication(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        upgrade = (
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        for number, route in enumerate(ROUTES):
            method, path = requests_of(route)[0]
            others = sorted({"HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "TRACE"} - set(route.methods))
            turn = number % len(others)
            for other in others if route.permission is Permission.PUBLIC else others[turn : turn + 1]:
                answer = await platform.send(other, path)
                if route.permission is Permission.PUBLIC and other == "HEAD":
                    continue
                assert answer.status_code == 401, (other, path)
                assert "allow" not in answer.headers
            if route.permission is not Permission.PUBLIC:
                assert (await raw(platform, method, path, *upgrade)).split()[1] != b"101", path


async def test_a_stranger_sends_no_large_body_to_the_routes_that_are_open(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        for path in ("/api/token", "/servers/exchangeDL01/api/token"):
            announced = await raw(platform, "POST", path, "Content-Length: 64000000", body=b"{")
            assert announced.split()[1] == b"413", announced
            chunk = b"5000\r\n" + b" " * 0x5000 + b"\r\n"
            unannounced = await raw(platform, "POST", path, "Transfer-Encoding: chunked", body=chunk)
            assert unannounced.split()[1] == b"413", unannounced


async def test_slow_bodies_of_strangers_take_no_place_from_callers(tmp_path: Path) -> None:
    limits = PlatformFile(limits=Limits(connections=2))
    async with guarded(tmp_path, file=limits) as platform, AsyncExitStack() as slow:
        host, port = platform.url.removeprefix("http://").split(":")
        for _ in range(4):
            stream = await slow.enter_async_context(await trio.open_tcp_stream(host, int(port)))
            await stream.send_all(b"POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            await wait_all_tasks_blocked(0.05)  # until the server waits for the rest
        assert (await raw(platform, "GET", "/livez")).split()[1] == b"200"


async def test_a_stranger_cannot_tell_which_routes_there_are(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        for existing, missing in (
            ("/api/v1/servers", "/api/v1/nothing"),
            ("/servers/exchangeDL01/open-metadata/integration-daemon/users/u/status", "/servers/exchangeDL01/nothing"),
        ):
            for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "TRACE"):
                seen = [await platform.send(method, path) for path in (existing, missing)]
                shown = [each.text.replace(path, "") for each, path in zip(seen, (existing, missing), strict=True)]
                assert [each.status_code for each in seen] == [401, 401]
                assert shown[0] == shown[1], method
        viewer = platform.tokens[Role.VIEWER]
        assert (await platform.send("GET", "/api/v1/nothing", viewer)).status_code == 404
        assert (await platform.send("OPTIONS", "/api/v1/servers", viewer)).headers["allow"]
