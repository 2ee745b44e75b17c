"""Only trusted proxies are believed about their clients, and each client has its own limit."""

from typing import Any

import httpx2
import pytest
from quart import Response, request
from quart_trio import QuartTrio
from trio.testing import MockClock

from integration_daemon.config.address_range import AddressRange
from integration_daemon.config.limits import Limits
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest.messages import REQUESTS_TOO_MANY
from integration_daemon.rest.serving.request_rate import MOST_CLIENTS, RequestRate
from services.host_pattern import HostPattern
from tests.integration_daemon.rest.serving.clients import serving


def telling_app() -> QuartTrio:
    """Answers with what it knows of the client."""
    app = QuartTrio(__name__)

    async def tell() -> Response:
        forwarded = any(name.lower().startswith(("x-forwarded", "forwarded")) for name, _ in request.headers.items())
        told = f"{request.remote_addr} {request.scheme} {request.host} {forwarded}"
        return Response(told.encode())

    for path in ("/", "/livez"):
        app.add_url_rule(path, path, tell)
    return app


def behind(*proxies: str, **limits: int) -> PlatformFile:
    return PlatformFile(
        trusted_proxies=tuple(map(AddressRange, proxies)),
        allowed_hosts=(HostPattern("daemon.example"),),
        limits=Limits(**limits),
    )


async def told(file: PlatformFile, **headers: str) -> str:
    async with serving(telling_app(), file=file) as small, httpx2.AsyncClient() as http:
        return (
            await http.get(small.url, headers={name.replace("_", "-"): text for name, text in headers.items()})
        ).text


TOLD = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "daemon.example"}


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.0/8"])
async def test_a_trusted_proxy_is_believed(proxy: str) -> None:
    assert await told(behind(proxy), **TOLD) == "192.0.2.7 https daemon.example False"


@pytest.mark.parametrize("proxies", [(), ("192.0.2.1", "::1", "10.0.0.0/8")])
async def test_nobody_else_is_believed(proxies: tuple[str, ...]) -> None:
    seen = await told(behind(*proxies), **TOLD, Forwarded="for=192.0.2.7")
    assert seen.startswith("127.0.0.1 http 127.0.0.1:")
    assert seen.endswith("False")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("10.9.9.9, 192.0.2.7", "192.0.2.7"),  # the first was written by the client itself
        ("192.0.2.7, 10.0.0.1", "192.0.2.7"),
        ("10.0.0.2, 10.0.0.1", "10.0.0.2"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
async def test_the_client_is_the_last_address_that_is_no_trusted_proxy(forwarded: str, client: str) -> None:
    file = behind("127.0.0.1", "10.0.0.0/16")
    assert (await told(file, X_Forwarded_For=forwarded)).startswith(f"{client} http ")


async def test_a_client_that_sends_too_many_requests_is_refused_and_others_are_served() -> None:
    file = behind("127.0.0.1", requests_per_second=1)
    async with serving(telling_app(), file=file) as small, httpx2.AsyncClient() as http:

        async def answer(client: str, path: str = "/") -> httpx2.Response:
            return await http.get(small.url + path, headers={"X-Forwarded-For": client})

        answers = [await answer("192.0.2.7") for _ in range(20)]
        assert {each.status_code for each in answers[:2]} == {200}
        refused = answers[-1]
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["messageId"] == "OMAG-PLATFORM-400-105"
        assert (await answer("192.0.2.7", "/livez")).status_code == 200
        assert (await answer("192.0.2.8")).status_code == 200
    assert small.recorded[0] == REQUESTS_TOO_MANY.id


async def test_clients_on_this_machine_have_no_limit_unless_one_is_set() -> None:
    usual, one = RequestRate(Limits()), RequestRate(Limits(requests_per_second=1))
    assert all(usual.allows("127.0.0.1", "127.0.0.1") for _ in range(10_000))
    assert not all(usual.allows("192.0.2.7", "192.0.2.7") for _ in range(10_000))
    assert not all(one.allows("127.0.0.1", "127.0.0.1") for _ in range(10))


async def test_a_client_may_send_again_as_time_passes(mock_clock: MockClock) -> None:
    rate = RequestRate(Limits(requests_per_second=10))

    def allowed() -> int:
        return sum(rate.allows("192.0.2.7", "192.0.2.7") for _ in range(100))

    assert allowed() == 20
    mock_clock.jump(1)
    assert allowed() == 10
    mock_clock.jump(3_600)
    assert allowed() == 20


async def test_no_more_clients_are_remembered_than_fit(mock_clock: MockClock) -> None:
    rate = RequestRate(Limits(requests_per_second=1))
    for number in range(MOST_CLIENTS + 1):
        rate.allows(str(number), "192.0.2.7")
    assert sum(map(len, (value for value in vars(rate).values() if isinstance(value, dict)))) == MOST_CLIENTS


async def test_one_ipv6_network_is_one_client() -> None:
    file = behind("127.0.0.1", requests_per_second=1)
    async with serving(telling_app(), file=file) as small, httpx2.AsyncClient() as http:
        codes: list[Any] = []
        for number in range(20):
            headers = {"X-Forwarded-For": f"2001:db8::{number + 1}"}
            codes.append((await http.get(small.url, headers=headers)).status_code)
    assert codes[0] == 200
    assert codes[-1] == 429
