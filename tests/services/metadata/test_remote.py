"""The remote store with a faulty server."""

import gzip
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import httpx2
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.serving import TLSFiles, serve
from services.allowance import Allowance
from services.errors import (
    InvalidParameterError,
    MetadataServerNotRunningError,
    MetadataServerUnavailableError,
    PropertyServerError,
)
from services.metadata.changes import Batch, Query
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.remote import bounded, client, open_remote_store
from services.metadata.remote.batching_client import REQUESTS_AT_ONCE
from services.metadata.remote.store import RemoteStore
from services.metadata.server_protocol import MetadataServerProtocol
from services.metadata.store import MetadataStore
from services.metadata.types.files import DataFile
from tests.end_to_end.program import Certificates
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT as METADATA
from tests.integration_daemon.rest.platforms import open_app

BATCHES = MetadataServerProtocol.BATCHES
Answer = Callable[[trio.SocketStream], Awaitable[None]]


async def whole_request(stream: trio.SocketStream) -> bytes:
    request = bytearray()
    size: float = math.inf
    while len(request) < size:
        request += await stream.receive_some()
        head, end, _ = bytes(request).partition(b"\r\n\r\n")
        if end:
            (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
            size = len(head) + len(end) + int(length)
    return bytes(request)


@asynccontextmanager
async def answering(answer: Answer, seen: list[bytes] | None = None) -> AsyncIterator[MetadataStore]:
    """A store whose server gives every request this answer, and records the requests."""

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            request = await whole_request(stream)
            if seen is not None:
                seen.append(request)
            await answer(stream)

    async with trio.open_nursery() as nursery:
        listeners: list[trio.SocketListener] = await nursery.start(partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with open_remote_store(f"http://127.0.0.1:{port}", "cocoMDS1", "npa", protocol=BATCHES) as store:
            yield store
        nursery.cancel_scope.cancel()


async def refused(store: MetadataStore) -> PropertyServerError:
    with pytest.raises(PropertyServerError) as caught:
        await store.find(Query())
    return caught.value


async def test_a_platform_that_is_down_is_unavailable() -> None:
    async with open_remote_store("http://127.0.0.1:9", "cocoMDS1", "npa") as store:
        error = await refused(store)
    assert isinstance(error, MetadataServerUnavailableError)
    assert error.metadata_server == "cocoMDS1"
    assert str(error).startswith(
        "OMAG-COMMON-503-001 The platform http://127.0.0.1:9 of metadata server cocoMDS1 does not answer: "
    )
    assert str(error).endswith("Connection refused")


async def test_a_platform_that_closes_the_connection_is_unavailable() -> None:
    async def cut(stream: trio.SocketStream) -> None:
        await stream.send_all(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"half')

    async with answering(cut) as store:
        assert isinstance(await refused(store), MetadataServerUnavailableError)


async def test_a_platform_that_hangs_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUTS", httpx2.Timeout(0.2))

    async def hang(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with answering(hang) as store:
        assert "timed out" in str(await refused(store))


async def test_an_answer_that_is_compressed_is_not_unpacked() -> None:
    async def packed(stream: trio.SocketStream) -> None:
        body = gzip.compress(b" " * 1_000_000)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
        await stream.send_all(head + body)

    async with answering(packed) as store:
        assert "its answer is compressed (gzip)" in str(await refused(store))


@pytest.mark.parametrize("body", [b'{"a":' * 200_000, b'[{"guid": "\xff"}]', b'{"guid": "\xff"}'])
async def test_an_answer_that_cannot_be_decoded_is_reported(body: bytes) -> None:
    async def undecodable(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with answering(undecodable) as store:
        assert "the answer cannot be decoded" in str(await refused(store))


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_BYTES", 100_000)

    async def endless(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(trio.BrokenResourceError):
            while True:
                await stream.send_all(b" " * 10_000)

    async with answering(endless) as store:
        with trio.fail_after(20):
            assert "its answer is larger than 100000 bytes" in str(await refused(store))


async def test_an_answer_that_says_it_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_BYTES", 100_000)

    async def large(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n")
        await trio.sleep_forever()

    async with answering(large) as store:
        with trio.fail_after(20):
            assert "its answer is larger than 100000 bytes" in str(await refused(store))


async def test_a_batch_of_any_size_is_sent_in_one_request() -> None:
    async def applied(stream: trio.SocketStream) -> None:
        await stream.send_all(b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"created": 2500 }')

    seen: list[bytes] = []
    changes = [to_put(DataFile(qualified_name=f"/{number}")) for number in range(2_500)]
    async with answering(applied, seen) as store:
        outcome = await store.apply(Batch(user="npa", metadata_source="", changes=changes))
    assert outcome.created == 2_500
    assert len(seen) == 1


async def test_another_kind_of_server_is_reported() -> None:
    async def page(stream: trio.SocketStream) -> None:
        body = b"<html>Not found</html>"
        await stream.send_all(b"HTTP/1.1 404 Not\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    async with answering(page) as store:
        error = await refused(store)
    assert not isinstance(error, MetadataServerUnavailableError)
    assert "answered with HTTP status 404: it is not an answer of a metadata server" in str(error)


@pytest.mark.parametrize(
    "page",
    [
        b'{"sourceKeys": [], "fingerprints": [], "isLast": false}',
        b'{"sourceKeys": ["a"], "fingerprints": ["1"], "isLast": false}',
        b'{"sourceKeys": ["a"], "fingerprints": [], "isLast": true}',
    ],
)
async def test_pages_that_do_not_go_on_are_not_asked_for_again_and_again(page: bytes) -> None:
    async def answer(stream: trio.SocketStream) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        await stream.send_all(head % len(page) + page)

    async with answering(answer) as store:
        with (
            trio.fail_after(30),
            pytest.raises(PropertyServerError, match="a page of fingerprints is not"),
        ):
            await store.fingerprints("landing", "")


async def test_an_answer_that_comes_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nX: ")
        with suppress(trio.BrokenResourceError):
            while True:
                await stream.send_all(b"x")
                await trio.sleep(0.01)

    monkeypatch.setattr(client, "LONGEST_EXCHANGE", 0.2)
    async with answering(drip) as store:
        assert "timed out" in str(await refused(store))


async def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(stream: trio.SocketStream) -> None:
        head = b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%d/taken\r\nContent-Length: 0\r\n\r\n"
        await stream.send_all(head % stream.socket.getsockname()[1])

    seen: list[bytes] = []
    async with answering(elsewhere, seen) as store:
        await refused(store)
    assert seen
    assert not any(b"/taken" in request for request in seen)


@pytest.mark.parametrize("allowed", [(), ("metadata.example",), ("127.0.0.1:443",), ("/",)])
async def test_a_server_that_the_platform_does_not_allow_is_not_connected_to(allowed: tuple[str, ...]) -> None:
    with pytest.raises(InvalidParameterError, match=r"does not allow connections to http://127\.0\.0\.1:9,"):
        async with open_remote_store("http://127.0.0.1:9", "cocoMDS1", "npa", allowance=Allowance(endpoints=allowed)):
            pass


async def test_a_gateway_without_its_metadata_server_is_unavailable() -> None:
    async def page(stream: trio.SocketStream) -> None:
        body = b"<html>Bad gateway</html>"
        await stream.send_all(b"HTTP/1.1 502 Bad\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    async with answering(page) as store:
        error = await refused(store)
    assert isinstance(error, MetadataServerUnavailableError)
    assert "does not answer: HTTP status 502" in str(error)


@asynccontextmanager
async def platform_of(tmp_path: Path) -> AsyncIterator[tuple[Platform, str, Certificates]]:
    certificates = await trio.to_thread.run_sync(Certificates, tmp_path / "certificates")
    platform, stop = Platform(PlatformSettings(data_directory=tmp_path / "data")), trio.Event()
    tls = TLSFiles(certificates.cert, certificates.key)
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        url = await nursery.start(partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=tls, stop=stop))
        yield platform, url, certificates
        await platform.stop_all()
        stop.set()


async def test_a_server_that_is_not_running_can_be_used_once_it_is_started(tmp_path: Path) -> None:
    async with (
        platform_of(tmp_path) as (platform, url, certificates),
        open_remote_store(url, "cocoMDS1", "npa", certificates.ca) as store,
    ):
        error = await refused(store)
        assert isinstance(error, MetadataServerNotRunningError)
        assert str(error) == (
            "OMAG-MULTI-TENANT-404-001 The OMAG Server cocoMDS1 is not available to service a request from user npa"
        )
        await platform.start_server(convert(METADATA, "test"))
        assert await store.register_source(MetadataSource("landing"), user="npa")


async def test_errors_of_the_server_keep_their_class(tmp_path: Path) -> None:
    async with (
        platform_of(tmp_path) as (platform, url, certificates),
        open_remote_store(url, "cocoMDS1", "npa", certificates.ca) as store,
    ):
        await platform.start_server(convert(METADATA, "test"))
        with pytest.raises(InvalidParameterError, match=r"OMRS-REPOSITORY-400-034 {Nonsense} is not") as caught:
            await store.find(Query(type_name="{Nonsense}"))
        assert caught.value.definition.user_action


async def test_concurrent_calls_share_requests_and_get_their_own_answers(tmp_path: Path) -> None:
    requests = 0
    async with platform_of(tmp_path) as (platform, url, certificates):
        await platform.start_server(convert(METADATA, "test"))
        async with open_remote_store(url, "cocoMDS1", "npa", certificates.ca, protocol=BATCHES) as store:
            assert isinstance(store, RemoteStore)
            answers: dict[int, object] = {}

            async def ask(number: int) -> None:
                try:
                    if number % 10:
                        answers[number] = await store.register_source(MetadataSource(f"source {number}"), user="npa")
                    else:
                        answers[number] = await store.find(Query(type_name=f"Nonsense{number}"))
                except InvalidParameterError as error:
                    answers[number] = str(error)

            courier = store._client
            post = courier._post

            async def counted(call: str, user: str, content: bytes) -> httpx2.Response:
                nonlocal requests
                requests += 1
                return await post(call, user, content)

            courier._post = counted  # type: ignore[method-assign]
            async with trio.open_nursery() as nursery:
                for number in range(300):
                    nursery.start_soon(ask, number)
            names = {await store.register_source(MetadataSource(f"source {number}"), user="npa") for number in (1, 2)}
    assert {answers[1], answers[2]} == names
    assert len({answers[number] for number in range(300)}) == 300
    assert "Nonsense150" in str(answers[150])
    assert requests < 40


async def test_successive_calls_without_a_pause_share_a_request() -> None:
    seen: list[bytes] = []

    async def nothing_found(stream: trio.SocketStream) -> None:
        body = b"[" + b",".join([b"[]"] * seen[-1].count(b'"call"')) + b"]"
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    async def ask(store: MetadataStore, passes: int) -> None:
        for _ in range(passes):
            await trio.lowlevel.checkpoint()
        assert await store.find(Query()) == []

    async with answering(nothing_found, seen) as store, trio.open_nursery() as nursery:
        for passes in range(20):
            nursery.start_soon(ask, store, passes)
    assert len(seen) == 1


async def test_an_outage_is_reported_to_every_caller(tmp_path: Path) -> None:
    async def cut(stream: trio.SocketStream) -> None:
        await stream.send_all(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"half')

    told: list[PropertyServerError] = []

    async def ask(store: MetadataStore) -> None:
        told.append(await refused(store))

    async with answering(cut) as store, trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(ask, store)
    assert len({id(error) for error in told}) == 100
    assert all(isinstance(error, MetadataServerUnavailableError) for error in told)


async def test_a_call_cancelled_before_it_is_sent_is_not_sent() -> None:
    seen: list[bytes] = []
    arrive, arrivals = trio.open_memory_channel[None](100)
    free = trio.Event()

    async def when_free(stream: trio.SocketStream) -> None:
        arrive.send_nowait(None)
        await free.wait()
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    async with answering(when_free, seen) as store, trio.open_nursery() as nursery:
        for _ in range(REQUESTS_AT_ONCE):
            nursery.start_soon(store.find, Query(page_size=1))
            await arrivals.receive()
        with trio.move_on_after(0.05) as patience:
            await store.find(Query(page_size=77))
        assert patience.cancelled_caught
        free.set()
        await store.find(Query(page_size=2))
    assert {size for request in seen for size in re.findall(rb'"pageSize":(\d+)', request)} == {b"1", b"2"}


async def test_a_busy_server_is_asked_again_after_the_time_it_names() -> None:
    answers = [b"HTTP/1.1 503 Busy\r\nRetry-After: 0.1\r\nContent-Length: 0\r\n\r\n"] * 3
    answers.append(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    async def busy(stream: trio.SocketStream) -> None:
        await stream.send_all(answers.pop(0))

    async with answering(busy) as store:
        assert await store.find(Query()) == []
    assert answers == []
