"""The addresses of the HTTP server, and its stop, which no client can delay."""

import socket
import ssl
from pathlib import Path

import httpx2
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from integration_daemon.rest.serving import TLSFiles, address, serve, server, stream
from services.errors import InvalidParameterError
from tests.end_to_end.program import Certificates
from tests.integration_daemon.rest.serving.clients import HELLO, received, serving, small_app


async def test_an_idle_client_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "DRAIN", 60.0)  # a delayed stop would take a minute
    async with serving() as small, await small.connect() as stream:
        await stream.send_all(HELLO)
        await received(stream, until=b"hello")
        small.stop.set()
        with trio.fail_after(20):
            await small.stopped.wait()


async def test_a_client_that_stops_reading_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "DRAIN", 0.2)
    monkeypatch.setattr(stream, "SEND_PATIENCE", 600.0)
    monkeypatch.setattr(address, "UNREAD", 600_000)
    async with serving() as small:
        with socket.create_connection(small.address) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await trio.to_thread.run_sync(client.recv, 1)
            small.stop.set()
            with trio.fail_after(30):
                await small.stopped.wait()


async def test_an_endless_request_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "DRAIN", 0.2)
    async with serving(small_app(trio.sleep_forever)) as small, await small.connect() as stream:
        await stream.send_all(b"GET /more HTTP/1.1\r\nHost: localhost\r\n\r\n")
        small.stop.set()
        with trio.fail_after(30):
            await small.stopped.wait()


async def test_a_port_in_use_is_one_clear_error() -> None:
    async with serving() as small:
        host, port = small.address
        with pytest.raises(InvalidParameterError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            await serve(small_app(), host=host, port=port, tls=None, stop=trio.Event())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_plain_http_is_refused_on_addresses_that_other_machines_can_reach(host: str) -> None:
    with pytest.raises(InvalidParameterError, match="does not serve plain HTTP on"):
        await serve(small_app(), host=host, port=0, tls=None, stop=trio.Event())


async def test_an_unusable_certificate_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "nonsense.pem").write_text("nonsense")
    for certificate in (tmp_path / "nonsense.pem", tmp_path / "nowhere.pem"):
        tls = TLSFiles(certificate, certificate)
        with pytest.raises(InvalidParameterError, match=f"{certificate.name} with key .* cannot be used"):
            await serve(small_app(), host="127.0.0.1", port=0, tls=tls, stop=trio.Event())


async def test_the_server_serves_tls(tmp_path: Path) -> None:
    certificates = await trio.to_thread.run_sync(Certificates, tmp_path)
    async with serving(tls=TLSFiles(certificates.cert, certificates.key)) as small:
        context = ssl.create_default_context(cafile=str(certificates.ca))
        async with httpx2.AsyncClient(verify=context) as client:
            assert (await client.get(small.url + "/")).text == "hello"


async def test_a_client_that_never_completes_its_handshake_is_closed_by_the_stop_without_an_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "DRAIN", 0.2)
    certificates = await trio.to_thread.run_sync(Certificates, tmp_path)
    async with serving(tls=TLSFiles(certificates.cert, certificates.key)) as small, await small.connect():
        await wait_all_tasks_blocked(0.05)
        small.stop.set()
        with trio.fail_after(30):
            await small.stopped.wait()
    assert small.recorded == []


async def test_the_system_gives_up_a_client_that_does_not_acknowledge_data() -> None:
    with address.listen("127.0.0.1", 0, None) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == address.UNREAD
