"""The HTTP server: who may reach it, and that nobody can hold up its stop."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import trio
from quart import Response
from quart_trio import QuartTrio

from integration_daemon.rest.serving import TLSFiles, address, serve, server
from services.errors import InvalidParameterError
from tests.end_to_end.program import Certificates


def small_app() -> QuartTrio:
    app = QuartTrio(__name__)

    async def hello() -> Response:
        return Response(b"hello")

    async def large() -> Response:
        return Response(b"x" * 200_000_000)

    app.add_url_rule("/", "hello", hello)
    app.add_url_rule("/large", "large", large)
    return app


@asynccontextmanager
async def serving_small(tls: TLSFiles | None = None) -> AsyncIterator[tuple[str, trio.Event, trio.Event]]:
    stop, stopped = trio.Event(), trio.Event()

    async def run(*, task_status: trio.TaskStatus[str]) -> None:
        await serve(small_app(), host="127.0.0.1", port=0, tls=tls, stop=stop, task_status=task_status)
        stopped.set()

    async with trio.open_nursery() as nursery:
        url = await nursery.start(run)
        yield url, stop, stopped
        stop.set()


def address_of(url: str) -> tuple[str, int]:
    host, _, port = url.rpartition("/")[2].rpartition(":")
    return host, int(port)


async def test_an_idle_client_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "DRAIN", 60.0)  # if it were held up, it would be for a minute
    async with serving_small() as (url, stop, stopped):
        stream = await trio.open_tcp_stream(*address_of(url))
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while not received.endswith(b"hello"):
                received += await stream.receive_some()
            stop.set()
            with trio.fail_after(20):
                await stopped.wait()


async def test_a_client_that_stops_reading_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "UNREAD", 300)
    monkeypatch.setattr(server, "DRAIN", 0.2)
    async with serving_small() as (url, stop, stopped):
        with socket.create_connection(address_of(url)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await trio.to_thread.run_sync(client.recv, 1)
            stop.set()
            with trio.fail_after(30):
                await stopped.wait()


async def test_a_port_in_use_is_one_clear_error() -> None:
    async with serving_small() as (url, _, _):
        host, port = address_of(url)
        with pytest.raises(InvalidParameterError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            await serve(small_app(), host=host, port=port, tls=None, stop=trio.Event())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_plain_http_is_for_this_machine_alone(host: str) -> None:
    with pytest.raises(InvalidParameterError, match="does not serve plain HTTP on"):
        await serve(small_app(), host=host, port=0, tls=None, stop=trio.Event())


async def test_a_certificate_that_cannot_be_used_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "nonsense.pem").write_text("nonsense")
    for certificate in (tmp_path / "nonsense.pem", tmp_path / "nowhere.pem"):
        tls = TLSFiles(certificate, certificate)
        with pytest.raises(InvalidParameterError, match=f"{certificate.name} with key .* cannot be used"):
            await serve(small_app(), host="127.0.0.1", port=0, tls=tls, stop=trio.Event())


async def test_tls(tmp_path: Path) -> None:
    certificates = await trio.to_thread.run_sync(Certificates, tmp_path)
    async with serving_small(TLSFiles(certificates.cert, certificates.key)) as (url, _, _):
        context = ssl.create_default_context(cafile=str(certificates.ca))
        async with httpx2.AsyncClient(verify=context) as client:
            assert (await client.get(url + "/")).text == "hello"
