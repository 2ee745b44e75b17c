"""A daemon with a misbehaving metadata server: the daemon continues, and no element is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.serving import serve
from integration_daemon.supervision import operations
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.metadata.changes import Query
from services.metadata.mapping import to_put
from services.metadata.remote import client, open_remote_store
from services.metadata.types.files import DataFile
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, open_app
from tests.integration_daemon.supervision.rig import SCRIPTS, Rig, Script, Scripted, running, scripted, until

CONNECTORS = 20


class Between:
    """A proxy between a daemon and its metadata server that spoils the traffic."""

    def __init__(self, upstream: int) -> None:
        self.fault = ""
        self._upstream = upstream

    async def serve(self, client_side: trio.SocketStream) -> None:
        """Forward one connection, subject to the fault."""
        async with client_side:
            if self.fault == "refuses":
                return
            server_side = await trio.open_tcp_stream("127.0.0.1", self._upstream)
            async with server_side, trio.open_nursery() as nursery:
                nursery.start_soon(self._requests, client_side, server_side, nursery.cancel_scope)
                nursery.start_soon(self._answers, server_side, client_side, nursery.cancel_scope)

    async def _requests(self, source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope) -> None:
        try:
            async for chunk in source:
                if self.fault == "refuses":
                    break
                if self.fault == "hangs":
                    await trio.sleep_forever()
                if self.fault == "fails":  # once in each connection: a request may arrive in several chunks
                    await source.send_all(b"HTTP/1.1 500 Broken\r\nConnection: close\r\nContent-Length: 4\r\n\r\nOops")
                    break
                await target.send_all(chunk)
        except trio.BrokenResourceError:
            pass
        scope.cancel()

    async def _answers(self, source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope) -> None:
        try:
            async for chunk in source:
                if self.fault == "cuts":
                    await target.send_all(chunk[: len(chunk) // 2])
                    break
                if self.fault == "slow":
                    await trio.sleep(0.05)
                await target.send_all(chunk)
        except trio.BrokenResourceError:
            pass
        scope.cancel()


@asynccontextmanager
async def metadata_server(directory: Path) -> AsyncIterator[tuple[Between, str]]:
    """A metadata server, the proxy in front of it, and the URL of the proxy."""
    platform, stop = Platform(PlatformSettings(data_directory=directory)), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        http = partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=None, stop=stop)
        url: str = await nursery.start(http)
        await platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        between = Between(int(url.rpartition(":")[2]))
        async with trio.open_nursery() as proxy:
            listeners: list[trio.SocketListener] = await proxy.start(
                partial(trio.serve_tcp, between.serve, 0, host="127.0.0.1")
            )
            yield between, f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
            proxy.cancel_scope.cancel()
        await platform.stop_all()
        stop.set()


async def one_file_more(connector: Scripted) -> None:
    rounds = connector.script.calls.count("refresh")
    async with connector.context.reconcile(f"/{connector.connector_name}/") as catalog:
        for number in range(rounds):
            name = f"/{connector.connector_name}/{number}"
            await catalog.put([to_put(DataFile(qualified_name=name), source_key=name)])


async def until_all(rig: Rig, state_name: str) -> None:
    await until(lambda: {rig.state(f"c{number}") for number in range(CONNECTORS)} == {state_name})


@pytest.mark.parametrize("fault", ["refuses", "hangs", "fails", "cuts", "slow"])
async def test_a_daemon_survives_a_misbehaving_metadata_server(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "hangs":  # other faults are noticed at once, and a slow machine must not look like an outage
        monkeypatch.setattr(client, "TIMEOUTS", httpx2.Timeout(30.0, read=2.0))
    names = [f"c{number}" for number in range(CONNECTORS)]
    configs = [scripted(name, Script(refresh=one_file_more)) for name in names]
    async with (
        metadata_server(tmp_path) as (between, url),
        open_remote_store(url, "cocoMDS1", "npa") as store,
        running(*configs, store=store, recovery=AutomaticRestart) as rig,
    ):
        await until_all(rig, "WAITING")
        between.fault = fault
        await operations.refresh(rig.daemon)
        if fault == "slow":
            await until_all(rig, "WAITING")
        else:
            await until_all(rig, "FAILED")
            failure = rig.report("c0").failure
            assert failure is not None
            assert failure.kind.value == "METADATA_SERVER_UNAVAILABLE"
        between.fault = ""
        await until_all(rig, "WAITING")
        outages = (len(rig.said("SERVICES-0075")), len(rig.said("SERVICES-0076")))
        assert outages == ((0, 0) if fault == "slow" else (1, 1))
        await operations.refresh(rig.daemon)
        await until_all(rig, "WAITING")
        found = await store.find(Query(type_name="DataFile", page_size=1_000))
        catalogued = {record.qualified_name for record in found}
        assert len(found) == len(catalogued)  # no element exists twice, although requests were repeated
        for name in names:
            stated = range(SCRIPTS[name].calls.count("refresh"))
            assert {each for each in catalogued if f"/{name}/" in each} == {f"/{name}/{number}" for number in stated}
