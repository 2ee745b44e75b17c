"""Requests that a foreign web page makes a browser send are refused; those of the console page and tools are served."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx2
import pytest
import trio

from audit.message import AuditMessage
from integration_daemon.config.address_range import AddressRange
from integration_daemon.config.platform_file import EMPTY, PlatformFile
from integration_daemon.rest.messages import CROSS_SITE_REQUESTS
from integration_daemon.rest.serving import serve
from services.host_pattern import HostPattern
from tests.integration_daemon.rest.platforms import NO_TLS

OWN = "http://127.0.0.1:{port}"


class Platform:
    """A served application that counts the requests that reach it."""

    def __init__(self, http: httpx2.AsyncClient, port: int) -> None:
        self.http = http
        self.port = port
        self.reached = 0
        self.recorded: list[tuple[AuditMessage, dict[str, object]]] = []

    async def status(self, path: str, headers: dict[str, str], method: str = "POST", body: bytes = b"") -> int:
        """The status of the answer to one request; `{port}` in a header is the platform's."""
        headers = {name: value.format(port=self.port) for name, value in headers.items()}
        answer = await self.http.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, content=body)
        if answer.status_code == 403:
            assert answer.json()["messageId"] == "OMAG-PLATFORM-403-001"
        return answer.status_code


@asynccontextmanager
async def served(file: PlatformFile = EMPTY) -> AsyncIterator[Platform]:
    stop = trio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        found.reached += 1
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def record(message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        found.recorded.append((message, inserts))

    async with trio.open_nursery() as nursery, httpx2.AsyncClient(verify=NO_TLS) as http:
        start = partial(serve, app, host="127.0.0.1", port=0, tls=None, stop=stop, record=record, file=file)
        url: str = await nursery.start(start)
        found = Platform(http, int(url.rpartition(":")[2]))
        yield found
        stop.set()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with served() as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:{port}"},
        {"Host": "[::1]:{port}"},
        {"Content-Type": "text/plain"},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin", "Referer": OWN + "/"},
        {"Origin": OWN, "Content-Type": "application/json; charset=utf-8"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_requests_of_tools_and_of_the_console_page_are_served(
    platform: Platform, headers: dict[str, str]
) -> None:
    assert await platform.status("/restart", headers, body=b"{}") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
        {"Referer": "http://[half"},
        {"Host": "evil.example:{port}"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Origin": OWN, "Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_requests_of_foreign_pages_are_refused(platform: Platform, method: str, headers: dict[str, str]) -> None:
    assert await platform.status("/restart", headers, method) == 403
    assert platform.reached == 0


async def test_a_link_to_the_console_page_may_be_followed_from_anywhere(platform: Platform) -> None:
    from_elsewhere = {"Sec-Fetch-Site": "cross-site", "Referer": "https://wiki.example/"}
    assert await platform.status("/", from_elsewhere, "GET") == 200
    assert await platform.status("/", from_elsewhere, "POST") == 403
    assert await platform.status("/", {"Host": "evil.example"}, "GET") == 403


async def test_many_refused_requests_leave_one_record(platform: Platform) -> None:
    for _ in range(20):
        await platform.status("/restart", {"Origin": "https://evil.example"})
    ((message, inserts),) = platform.recorded
    assert message is CROSS_SITE_REQUESTS
    assert inserts == {"count": 1, "total": 1}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("daemon.example.com", 200),
        ("daemon.example.com:8443", 200),
        ("DAEMON.example.com.", 200),
        ("127.0.0.1:{port}", 200),
        ("10.1.2.3", 200),
        ("a.b.internal.example", 200),
        ("internal.example", 403),
        (".internal.example", 403),
        ("daemon.example.com.evil.example", 403),
        ("evildaemon.example.com", 403),
        ("10.1.2.4", 403),
    ],
)
async def test_the_platform_file_lists_the_host_names_of_a_platform_behind_a_proxy(host: str, status: int) -> None:
    names = ("daemon.example.com", "*.internal.example", "10.1.2.3")
    async with served(PlatformFile(allowed_hosts=tuple(map(HostPattern, names)))) as platform:
        assert await platform.status("/restart", {"Host": host}) == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("daemon.example.com", 200), ("daemon.example.com.:8443", 200), ("[::1]:1", 200), ("..", 403), ("a b", 403)]
    + [(host, 403) for host in ("a@b", "[::1", "a/b", "a:b", "a" * 64, ".")],
)
async def test_over_tls_any_name_is_served_and_what_is_no_name_is_not(host: str, status: int) -> None:
    async with served(PlatformFile(trusted_proxies=(AddressRange("127.0.0.1"),))) as platform:
        assert await platform.status("/", {"X-Forwarded-Proto": "https", "Host": host}) == status
        assert platform.reached == (status == 200)
