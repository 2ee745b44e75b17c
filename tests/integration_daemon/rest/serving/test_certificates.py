"""The certificate of the platform can be replaced while it is served, and TLS before 1.2 is refused."""

import ssl
from pathlib import Path

import pytest
import trio

from integration_daemon.rest.messages import CERTIFICATE_KEPT, CERTIFICATE_RENEWED
from integration_daemon.rest.serving import TLSFiles, certificate
from tests.end_to_end.program import Certificates
from tests.integration_daemon.rest.serving.clients import HELLO, Serving, received, serving, until

pytestmark = pytest.mark.usefixtures("soon")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are looked at often."""
    monkeypatch.setattr(certificate, "POLL_INTERVAL", 0.02)


async def connected(small: Serving, ca: Path) -> trio.SSLStream[trio.SocketStream]:
    """A connection to a server whose certificate is of an authority; raises `BrokenResourceError` for another one."""
    context = ssl.create_default_context(cafile=str(ca))
    stream = trio.SSLStream(await small.connect(), context, server_hostname="localhost")
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def is_answered(stream: trio.SSLStream[trio.SocketStream]) -> bool:
    await stream.send_all(HELLO)
    return (await received(stream, until=b"hello")).startswith(b"HTTP/1.1 200")  # type: ignore[arg-type]


async def test_new_connections_have_a_new_certificate_and_open_ones_go_on(tmp_path: Path) -> None:
    old = await trio.to_thread.run_sync(Certificates, tmp_path / "old")
    new = await trio.to_thread.run_sync(Certificates, tmp_path / "new")
    async with serving(tls=TLSFiles(old.cert, old.key)) as small:
        before = await connected(small, old.ca)
        for source, target in ((new.cert, old.cert), (new.key, old.key)):
            target.write_bytes(source.read_bytes())
        await until(lambda: CERTIFICATE_RENEWED.id in small.recorded)
        after = await connected(small, new.ca)
        assert await is_answered(after)
        assert await is_answered(before)
        with pytest.raises(trio.BrokenResourceError):
            await connected(small, old.ca)
        for stream in (before, after):
            await trio.aclose_forcefully(stream)


async def test_a_certificate_that_cannot_be_used_leaves_the_one_before_and_a_record(tmp_path: Path) -> None:
    files = await trio.to_thread.run_sync(Certificates, tmp_path / "tls")
    content = files.cert.read_bytes()
    async with serving(tls=TLSFiles(files.cert, files.key)) as small:
        files.cert.write_text("no certificate")
        await until(lambda: CERTIFICATE_KEPT.id in small.recorded)
        stream = await connected(small, files.ca)
        assert await is_answered(stream)
        await trio.aclose_forcefully(stream)
        files.cert.write_bytes(content)
        await until(lambda: CERTIFICATE_RENEWED.id in small.recorded)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_tls_before_1_2_is_refused(tmp_path: Path) -> None:
    files = await trio.to_thread.run_sync(Certificates, tmp_path / "tls")
    context = ssl.create_default_context(cafile=str(files.ca))
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    async with serving(tls=TLSFiles(files.cert, files.key)) as small:
        stream = trio.SSLStream(await small.connect(), context, server_hostname="localhost")
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()
        await trio.aclose_forcefully(stream)
