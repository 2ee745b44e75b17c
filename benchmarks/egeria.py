"""Rate of files sent to a recorded metadata server of Egeria 4, in another process, with delayed responses.

The first scan is compared with the same number of bare requests to the server's own route for files, with the same
number in flight. The number of requests for a file is measured in a first scan and in an unchanged scan.
"""

import multiprocessing
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import trio

from benchmarks.files import files_monitor, make_tree
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from services.metadata.remote import open_remote_store
from services.metadata.server_protocol import MetadataServerProtocol
from tests.servers.egeria.server import egeria_platform

AT_ONCE = 32
BARE = f"as many bare requests, {AT_ONCE} in flight"
ROUTE = "/servers/cocoMDS1/open-metadata/access-services/data-manager/users/benchmark/filesystems/data-files"
DELAYS = (5, 20, 100)
"""Milliseconds by which each response is delayed."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`files_per_s` of the first scan of 3,000 files, and `requests_per_file` of both scans."""
    files = 200 if plan.quick else 3_000
    with tempfile.TemporaryDirectory() as directory, _recorded_server() as server:
        root = Path(directory) / "tree"
        make_tree(root, files)
        first = rescan = 0
        for delay in plan.sizes(*DELAYS):
            scans, bare = [], []
            for _ in range(min(plan.repeats, 3)):
                url = server.restart(delay / 1_000)
                took, first, rescan = trio.run(_scans, url, root, server)
                scans.append(files / took)
                server.restart(delay / 1_000)
                bare.append(files / trio.run(_bare, url, first))
            case = f"first scan, answers in {delay} ms"
            ours, theirs = statistics.median(scans), statistics.median(bare)
            yield with_baseline(
                "egeria", case, "files_per_s", ours, "1/s", f"as many bare requests, {AT_ONCE} in flight", theirs
            )
    for case, requests in (("first scan", first), ("rescan", rescan)):
        value = requests / files
        yield Figure(benchmark="egeria", case=case, figure="requests_per_file", value=value, unit="")


async def _scans(url: str, root: Path, server: "_Server") -> tuple[float, int, int]:
    """Seconds and requests of a first scan, and the requests of an unchanged scan."""
    async with open_remote_store(url, "cocoMDS1", "benchmark", protocol=MetadataServerProtocol.EGERIA_4) as store:
        monitor = files_monitor(root, store)
        await monitor.start()
        server.requests()
        with Stopwatch() as watch:
            await monitor.refresh()
        first = server.requests()
        await monitor.refresh()
        return watch.seconds, first, server.requests()


async def _bare(url: str, files: int) -> float:
    """Seconds for sending `files` prepared bodies, without other requests or checks."""
    bodies = iter([_body(f"/tree/part 0/folder {number // 100}/file {number}.csv") for number in range(files)])

    async def send(http: httpx2.AsyncClient) -> None:
        for body in bodies:
            (await http.post(url + ROUTE, json=body)).raise_for_status()

    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as http:
        with Stopwatch() as watch:
            async with trio.open_nursery() as nursery:
                for _ in range(AT_ONCE):
                    nursery.start_soon(send, http)
    return watch.seconds


def _body(path: str) -> dict[str, Any]:
    return {
        "class": "DataFileRequestBody",
        "typeName": "CSVFile",
        "qualifiedName": f"CSVFile:{path}",
        "name": path.rpartition("/")[2],
        "pathName": path,
        "fileType": "csv",
        "additionalProperties": {"size": "0", "mark": "x" * 64},
    }


class _Server:
    """The recorded server in its process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def restart(self, delay: float) -> str:
        """Delete all elements, and set the delay of responses; returns the URL."""
        self._connection.send(delay)
        url: str = self._connection.recv()
        return url

    def requests(self) -> int:
        """The number of requests since the last call."""
        self._connection.send(None)
        number: int = self._connection.recv()
        return number


@contextmanager
def _recorded_server() -> Iterator[_Server]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield _Server(ours)
    finally:
        process.kill()
        process.join()


def _serve(connection: Connection) -> None:
    with egeria_platform() as server:
        while True:
            delay = connection.recv()
            if delay is None:
                connection.send(len(server.seen))
            else:
                server.restart()
                server.delay = delay
                connection.send(server.url)
            server.seen.clear()
