"""The remote store and the TLS of its metadata server."""

from functools import partial
from pathlib import Path

import httpx2
import pytest
import trio

from audit.log import AuditLog, Buffer, Component
from integration_daemon.config.load import convert
from services.errors import (
    InvalidParameterError,
    MetadataServerUnavailableError,
)
from services.metadata.element import MetadataSource
from services.metadata.remote import client, open_remote_store, trust
from tests.end_to_end.program import Certificates
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT as METADATA
from tests.services.metadata.test_remote import platform_of, refused


async def test_an_untrusted_certificate_is_reported_with_a_remedy(tmp_path: Path) -> None:
    async with platform_of(tmp_path) as (_, url, _), open_remote_store(url, "cocoMDS1", "npa") as store:
        error = await refused(store)
    assert "its certificate is not trusted" in str(error)
    assert "--ca-bundle" in str(error)


async def test_an_open_store_trusts_the_certificates_that_are_in_the_bundle_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "POLL_INTERVAL", 0.0)
    monkeypatch.setattr(client, "LIMITS", httpx2.Limits(max_keepalive_connections=0))  # each request has its own
    other = await trio.to_thread.run_sync(Certificates, tmp_path / "other")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(other.ca.read_bytes())
    buffer = Buffer(100)
    log = AuditLog(buffer, Component(component_id=1, component_name="test"))

    def logged() -> list[str]:
        return [entry.message.id for entry in buffer.entries]

    async with (
        platform_of(tmp_path) as (platform, url, certificates),
        open_remote_store(url, "cocoMDS1", "npa", bundle, log=log) as store,
    ):
        await platform.start_server(convert(METADATA, "test"))
        assert "its certificate is not trusted" in str(await refused(store))
        bundle.write_text("no certificate")
        assert "its certificate is not trusted" in str(await refused(store))
        assert "OMAG-PLATFORM-0204" in logged()
        bundle.write_bytes(other.ca.read_bytes() + certificates.ca.read_bytes())
        assert await store.register_source(MetadataSource("landing"), user="npa")
        assert "OMAG-PLATFORM-0203" in logged()
        bundle.write_bytes(other.ca.read_bytes())
        assert "its certificate is not trusted" in str(await refused(store))


async def test_a_server_without_tls_is_unavailable_at_a_url_with_it() -> None:
    async def page(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")

    async with trio.open_nursery() as nursery:
        listeners: list[trio.SocketListener] = await nursery.start(partial(trio.serve_tcp, page, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with open_remote_store(f"https://127.0.0.1:{port}", "cocoMDS1", "npa") as store:
            error = await refused(store)
        nursery.cancel_scope.cancel()
    assert isinstance(error, MetadataServerUnavailableError)
    assert "does not use TLS" in str(error)


async def test_an_unreadable_ca_bundle_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=r"nowhere\.pem cannot be used: No such file"):
        async with open_remote_store("https://localhost", "cocoMDS1", "npa", tmp_path / "nowhere.pem"):
            pass
