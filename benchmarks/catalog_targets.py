"""Cost of a catalog target, compared with a separate connector in the document of an equal daemon.

The targets belong to one connector of an integration group, which is read from the daemon's own store. The group is
read unchanged, and then with one new target, which is refreshed for the first time.
"""

import gc
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from benchmarks.hosting import NoOpConnector
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from integration_daemon.config.load import convert
from integration_daemon.groups import follower
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server
from integration_daemon.supervision import operations
from services.allowance import Allowance
from services.metadata.changes import Batch, Change, Relate
from services.metadata.mapping import to_put
from services.metadata.types.connectors import IntegrationConnector, IntegrationGroup
from services.metadata.types.files import FileFolder

PROVIDER = f"{NoOpConnector.__module__}.{NoOpConnector.__qualname__}"
IN_A_BATCH = 1_000
QUIET = {
    "auditLogConnections": [
        {
            "connectorType": {"connectorProviderClassName": "console"},
            "configurationProperties": {"supportedSeverities": ["Trace"]},
        }
    ]
}


def measure(plan: Plan) -> Iterator[Figure]:
    """Memory and refreshes with up to 100,000 targets, and the time to read the group."""
    for count in plan.sizes(1_000, 10_000, 100_000):
        targets, connectors = _taken("targets", count), _taken("connectors", count)
        few_targets, few_connectors = _taken("targets", 10), _taken("connectors", 10)
        case, baseline = f"{count} targets", "a connector of its own"
        memory = (targets["bytes"] - few_targets["bytes"]) / (count - 10)
        bare = (connectors["bytes"] - few_connectors["bytes"]) / (count - 10)
        yield with_baseline("catalog-targets", case, "bytes_per_target", memory, "bytes", baseline, bare)
        rates = targets["refreshes_per_s"], connectors["refreshes_per_s"]
        yield with_baseline("catalog-targets", case, "refreshes_per_s", rates[0], "1/s", baseline, rates[1])
        for figure in ("seconds_to_read", "seconds_to_add"):
            yield Figure(benchmark="catalog-targets", case=case, figure=figure, value=targets[figure], unit="s")


def _taken(kind: str, count: int) -> dict[str, float]:
    """The figures of a new process."""
    command = [sys.executable, "-m", "benchmarks.catalog_targets", kind, str(count)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in answer.splitlines())}


@asynccontextmanager
async def _running(document: dict[str, Any]) -> AsyncIterator[Server]:
    allowance = Allowance(connectors=("benchmarks.*",))
    with tempfile.TemporaryDirectory() as directory:
        platform = Platform(PlatformSettings(data_directory=Path(directory), allowance=allowance))
        async with trio.open_nursery() as nursery:
            await nursery.start(platform.run)
            content = {"localServerName": "benchmark", "repositoryServicesConfig": QUIET, **document}
            yield await platform.start_server(convert(content, "benchmark"))
            await platform.stop_all()


async def _of_targets(count: int) -> dict[str, float]:
    follower.FEED_PAUSE, follower.SHARE = 3600, 0
    async with _running({"dynamicIntegrationGroupsConfig": [{"integrationGroupQualifiedName": "group"}]}) as server:
        connection = {"connectorType": {"connectorProviderClassName": PROVIDER}}
        await _apply(
            server,
            to_put(IntegrationGroup(qualified_name="group")),
            to_put(IntegrationConnector(qualified_name="connector", connection=connection)),
            Relate(
                type_name="RegisteredIntegrationConnector",
                end1="group",
                end2="connector",
                properties={"connectorName": "connector", "refreshTimeInterval": 10},
            ),
        )
        for start in range(0, count, IN_A_BATCH):
            await _add_targets(server, start, min(start + IN_A_BATCH, count))
        assert server.groups is not None
        await server.groups.follower("group").refresh()
        await _until(server, count)
        found = await _figures(server, count)
        follower.FEED_PAUSE = 0.05
        with Stopwatch() as watch:
            await server.groups.follower("group").refresh()
        found["seconds_to_read"] = watch.seconds
        with Stopwatch() as watch:
            await _add_targets(server, count, count + 1)
            await _until(server, count + 1)
        return {**found, "seconds_to_add": watch.seconds}


async def _of_connectors(count: int) -> dict[str, float]:
    connectors = [
        {
            "connectorName": f"connector::{number}",
            "refreshTimeInterval": 10,
            "connection": {
                "connectorType": {"connectorProviderClassName": PROVIDER},
                "endpoint": {"address": f"/landing/{number}"},
            },
        }
        for number in range(count)
    ]
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": connectors}
    async with _running({"integrationServicesConfig": [service]}) as server:
        del connectors, service
        await _until(server, count)
        return await _figures(server, count)


async def _figures(server: Server, count: int) -> dict[str, float]:
    assert server.daemon is not None
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - a file of the kernel
    rounds = max(1, 100_000 // count)
    with Stopwatch() as watch:
        for _ in range(rounds):
            await operations.refresh(server.daemon)
    return {"bytes": pages * 4096, "refreshes_per_s": count * rounds / watch.seconds}


async def _add_targets(server: Server, start: int, end: int) -> None:
    changes: list[Change] = []
    for number in range(start, end):
        path = f"/landing/{number}"
        changes.append(to_put(FileFolder(qualified_name=path, path_name=path)))
        properties = {"catalogTargetName": str(number)}
        changes.append(Relate(type_name="CatalogTarget", end1="connector", end2=path, properties=properties))
    changes.sort(key=lambda change: isinstance(change, Relate))
    await _apply(server, *changes)


async def _apply(server: Server, *changes: Change) -> None:
    assert server.store is not None
    outcome = await server.store.apply(Batch(user="benchmark", metadata_source="", changes=changes))
    assert not outcome.rejected, outcome.rejected


async def _until(server: Server, count: int) -> None:
    """Wait until `count` connectors have been refreshed."""
    daemon = server.daemon
    assert daemon is not None
    while sum(each.last_success is not None for each in daemon.connectors) < count:  # noqa: ASYNC110 - the state of other tasks
        await trio.sleep(count / 100_000)


KINDS: dict[str, Callable[[int], Any]] = {"targets": _of_targets, "connectors": _of_connectors}

if __name__ == "__main__":
    for name, value in trio.run(KINDS[sys.argv[1]], int(sys.argv[2])).items():
        print(name, value)
