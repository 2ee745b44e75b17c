"""The fault matrix on the other lanes: worker threads, which cannot be cancelled, and processes, which can be killed.

All bad connectors of a lane run in one daemon, together with good ones.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
import trio
from trio.testing import MockClock

from integration_daemon.config.document import IntegrationConnectorConfig, Isolation
from integration_daemon.supervision import operations
from integration_daemon.supervision.dispatch.worker_pool import WATCH_INTERVAL
from services.files.service import FilesIntegratorConnector
from services.framework.connection import Connection
from services.framework.connector import ConnectorProvider
from tests.children import children
from tests.integration_daemon.supervision.rig import Rig, connection_to, running, scripted, until

METHODS = ("initialize", "start", "refresh", "engage", "disconnect")
RELEASE = Event()
DEADLINE = 600.0
"""Of calls, in seconds: none is passed on a slow machine, before the clock jumps there."""


def raises() -> None:
    raise ValueError("broken")


def raises_a_group() -> None:
    raise ExceptionGroup("several", [ValueError("broken"), OSError("broken too")])


def exits() -> None:
    raise SystemExit(1)


def blocks() -> None:
    RELEASE.wait(30)


def blocks_for_good() -> None:
    time.sleep(3600)


def crashes() -> None:
    os._exit(7)


def spins() -> None:
    while True:
        pass


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault for fault in (raises, raises_a_group, exits, blocks, blocks_for_good, crashes, spins)
}
KINDS = {"blocks": "TIMEOUT", "blocks_for_good": "TIMEOUT", "spins": "TIMEOUT"}
"""Of failures; all others are defects."""


class Plain(FilesIntegratorConnector):
    """A connector of plain functions that causes its fault at the first call of its method."""

    provider = ConnectorProvider(description="Has one fault.")

    def initialize(self) -> None:
        self._do("initialize")

    def start(self) -> None:
        self._do("start")

    def refresh(self) -> None:
        self._do("refresh")

    def engage(self) -> None:
        self._do("engage")
        RELEASE.wait(30)

    def disconnect(self) -> None:
        self._do("disconnect")

    def _do(self, method: str) -> None:
        done = Path(self.context.setting("done"))
        if self.context.setting("method") == method and not done.exists():
            done.touch()
            FAULTS[self.context.setting("fault")]()


def bad(name: str, directory: Path, *, isolation: Isolation = Isolation.NONE) -> IntegrationConnectorConfig:
    method, fault = name.split(" ")
    connection: Connection = connection_to(Plain)
    connection.configuration_properties = {"method": method, "fault": fault, "done": str(directory / name)}
    return scripted(
        name,
        connection=connection,
        isolation=isolation,
        uses_blocking_calls=method == "engage",
        start_deadline_seconds=DEADLINE,
        refresh_deadline_seconds=DEADLINE,
        disconnect_deadline_seconds=0.5,
    )


@pytest.fixture
def release() -> Iterator[None]:
    RELEASE.clear()
    yield
    RELEASE.set()


def well(rig: Rig, name: str) -> bool:
    return rig.state(name) in ("WAITING", "ENGAGED")


def stays_well(name: str) -> bool:
    """True if the fault cannot show: `disconnect` has not been called yet, or the method may take this long."""
    method, fault = name.split(" ")
    return method == "disconnect" or (method == "engage" and fault in KINDS)


async def until_the_faults_show(rig: Rig, names: list[str], directory: Path, clock: MockClock) -> None:
    """Wait until all faults show: hung connectors fail last, at their deadline."""
    failing = [name for name in names if not stays_well(name)]
    hanging = [name for name in failing if name.split(" ")[1] in KINDS]
    await until(lambda: all((directory / name).exists() for name in hanging))
    await until(lambda: all(rig.state(name) == "FAILED" for name in failing if name not in hanging))
    await until(lambda: all(well(rig, name) for name in names if name not in failing))
    await trio.sleep(2 * WATCH_INTERVAL)  # deadlines count from the first look of the watch
    clock.jump(DEADLINE)
    await until(lambda: all(rig.state(name) == "FAILED" for name in hanging))


def says_what_happened(rig: Rig, name: str) -> None:
    method, fault = name.split(" ")
    failure = rig.report(name).failure
    if stays_well(name):
        assert failure is None, name
        return
    assert failure is not None, name
    assert failure.kind.value == KINDS.get(fault, "DEFECT"), name
    others = {"refresh"} if name == "engage crashes" else set()  # a refresh in the same process ends with the process
    assert failure.method in {method} | others, name


@pytest.mark.usefixtures("release")
async def test_bad_connectors_on_threads_do_not_harm_others(tmp_path: Path, mock_clock: MockClock) -> None:
    mock_clock.rate = 1
    names = [f"{method} {fault}" for method in METHODS for fault in ("raises", "raises_a_group", "exits", "blocks")]
    configs = [bad(name, tmp_path) for name in names]
    goods = [scripted(f"good {number}", refresh_time_interval=0.005) for number in range(5)]
    async with running(*configs, *goods, threads=50, stop_deadline=5) as rig:
        await until_the_faults_show(rig, names, tmp_path, mock_clock)
        before = [rig.refreshes(f"good {number}") for number in range(5)]
        await until(lambda: all(rig.refreshes(f"good {n}") > before[n] + 2 for n in range(5)))
        for name in names:
            says_what_happened(rig, name)
        assert rig.report("refresh blocks").abandoned == 1

        RELEASE.set()
        for name in names:
            await operations.restart(rig.daemon, connector=name)
        await until(lambda: all(well(rig, name) for name in names))
        began = trio.current_time()
    assert trio.current_time() - began < 6


@pytest.mark.usefixtures("release")
async def test_hung_threads_of_one_service_do_not_starve_another(tmp_path: Path) -> None:
    hung = bad("refresh blocks", tmp_path)
    other = scripted("plain", connection=connection_to(Plain), refresh_time_interval=0.005)
    other.connection.configuration_properties = {"done": str(tmp_path / "plain")}
    async with running(hung, second_service=[other], threads=1, stop_deadline=2) as rig:
        await until(lambda: rig.refreshes("plain") > 3)
        assert rig.state("refresh blocks") == "REFRESHING"


async def test_bad_connectors_in_processes_do_not_harm_others(tmp_path: Path, mock_clock: MockClock) -> None:
    mock_clock.rate = 1
    names = [f"{method} {fault}" for method in METHODS for fault in ("crashes", "raises_a_group")]
    names += ["start blocks_for_good", "refresh spins", "disconnect blocks_for_good"]
    configs = [bad(name, tmp_path, isolation=Isolation.PROCESS) for name in names]
    good = scripted("good", refresh_time_interval=0.005)
    others = await trio.to_thread.run_sync(children)
    async with running(*configs, good, stop_deadline=15) as rig:
        await until_the_faults_show(rig, names, tmp_path, mock_clock)
        for name in names:
            says_what_happened(rig, name)
        before = rig.refreshes("good")
        await until(lambda: rig.refreshes("good") > before + 2)
        for name in names:
            await operations.restart(rig.daemon, connector=name)
        await until(lambda: all(well(rig, name) for name in names))
    assert await trio.to_thread.run_sync(children) <= others
