"""A connector in its own process: it works like any other, and its faults end with its process."""

import os
import time
from pathlib import Path
from threading import Timer

import pytest
import trio

from integration_daemon.config.document import IntegrationConnectorConfig, Isolation
from integration_daemon.supervision import operations
from services.errors import ThirdPartyUnavailableError
from services.files.messages import DIRECTORY_CHANGED, FOLDER_UPDATED
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from services.metadata.changes import Put, Query
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from tests.children import children
from tests.integration_daemon.supervision.rig import Rig, connection_to, running, scripted, until


class Isolated(FilesIntegratorConnector):
    """A connector that does what the settings of its connection say."""

    provider = ConnectorProvider(description="Works in a process of its own.")

    async def refresh(self) -> None:
        what = self.context.setting("what")
        if what == "exit":
            os._exit(7)
        if what == "block":
            time.sleep(3600)  # noqa: ASYNC251 - that is the fault
        if what == "raise":
            raise ThirdPartyUnavailableError(DIRECTORY_CHANGED, directory="{d}", connector="c")
        if what == "defect":
            raise KeyError("gone")
        self.context.progress = "at work"
        async with self.context.reconcile("/") as catalog:
            await catalog.put([to_put(DataFile(qualified_name=f"pid {os.getpid()}"), source_key="/a")])
        await self.context.find(Query(type_name="DataFile"))
        self.context.audit_log.record(FOLDER_UPDATED, connector=self.connector_name, folder="/", time="now")

    async def start(self) -> None:
        if self.context.setting("listen"):
            self.context.listen(self.follow)

    async def follow(self) -> None:
        await self.context.apply([to_put(DataFile(qualified_name="heard"), source_key="/heard")])
        self.context.audit_log.record(FOLDER_UPDATED, connector=self.connector_name, folder="/heard", time="now")
        if self.context.setting("listen") == "raise":
            raise ThirdPartyUnavailableError(DIRECTORY_CHANGED, directory="{d}", connector="c")
        if self.context.setting("listen") == "exit":
            os._exit(3)
        if self.context.setting("listen") == "ask":
            paused = await self.context.is_paused()
            await self.context.apply([to_put(DataFile(qualified_name=f"paused: {paused}"), source_key="/paused")])
            self.context.ask_for_refresh()
        await trio.sleep_forever()

    async def engage(self) -> None:
        await self.context.apply([to_put(DataFile(qualified_name="engaged"), source_key="/engaged")])
        if self.context.setting("engage") == "raise":
            raise KeyError("engaged")
        await trio.sleep_forever()


class PlainIsolated(Isolated):
    """The same with plain functions."""

    def refresh(self) -> None:  # type: ignore[override]
        with self.context.reconcile("/") as catalog:
            catalog.put([to_put(DataFile(qualified_name=f"pid {os.getpid()}"), source_key="/a")])


class EndsAfterwards(Isolated):
    """A connector whose refresh returns normally, and whose process ends a moment later."""

    def refresh(self) -> None:  # type: ignore[override]
        told = Path(self.context.setting("told"))
        (told.parent / str(os.getpid())).touch()
        while not told.exists():
            time.sleep(0.01)
        Timer(0.1, os._exit, (9,)).start()


def isolated(
    what: str = "",
    kind: type = Isolated,
    deadline: float = 60,
    more: dict[str, str] | None = None,
    name: str = "isolated",
) -> IntegrationConnectorConfig:
    connection = connection_to(kind)
    connection.configuration_properties = {"what": what, **(more or {})}
    return scripted(
        name,
        connection=connection,
        isolation=Isolation.PROCESS,
        refresh_deadline_seconds=deadline,
        uses_blocking_calls="engage" in (more or {}),
    )


async def written(rig: Rig, name: str) -> None:
    """Wait until an element with this name has arrived at the metadata server."""

    def has_arrived() -> bool:
        changes = (change for batch in rig.server.applied for change in batch.changes)
        return name in {change.qualified_name for change in changes if isinstance(change, Put)}

    await until(has_arrived)


async def refreshed(rig: Rig) -> None:
    with trio.fail_after(40):
        while rig.state("isolated") not in ("WAITING", "FAILED"):
            await operations.refresh(rig.daemon, connector="isolated")


@pytest.mark.parametrize("kind", [Isolated, PlainIsolated])
async def test_a_connector_in_its_own_process_refreshes_like_any_other(kind: type) -> None:
    async with running(isolated(kind=kind), scripted("good")) as rig:
        await refreshed(rig)
        assert rig.state("isolated") == "WAITING"
        (batch,) = rig.server.applied[:1]
        assert batch.metadata_source == ""
        name = batch.changes[0].qualified_name  # type: ignore[union-attr]
        assert name.startswith("pid ")
        assert name != f"pid {os.getpid()}"
        if kind is Isolated:
            assert rig.said("CONNECTORS-0010")
        process = Path("/proc") / name.removeprefix("pid ")
        assert await trio.to_thread.run_sync(process.exists)
    assert not await trio.to_thread.run_sync(process.exists)  # the process ends with the daemon


async def test_a_listener_in_a_process_can_ask_for_a_refresh() -> None:
    async with running(isolated(more={"listen": "ask"})) as rig:
        await refreshed(rig)
        await written(rig, "paused: False")
        await until(lambda: len(rig.said("CONNECTORS-0010")) >= 3)  # one from the listener and two from refreshes


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("exit", "DEFECT", "The process of integration connector isolated has ended with status 7"),
        ("raise", "THIRD_PARTY_UNAVAILABLE", "The directory {d} was removed or replaced"),
        ("defect", "DEFECT", "KeyError: 'gone'"),
    ],
)
async def test_failures_in_a_process_are_reported_by_the_daemon(what: str, kind: str, message: str) -> None:
    async with running(isolated(what), scripted("good")) as rig:
        await refreshed(rig)
        failure = rig.report("isolated").failure
        assert failure is not None
        assert (failure.kind.value, failure.method) == (kind, "refresh")
        assert message in failure.message
        assert rig.state("good") == "WAITING"
        rig.daemon.connector("isolated").config.connection.configuration_properties = {"what": ""}
        await operations.restart(rig.daemon, connector="isolated")
        await refreshed(rig)
        assert rig.state("isolated") == "WAITING"


async def test_a_process_that_blocks_is_killed_at_its_deadline() -> None:
    others = await trio.to_thread.run_sync(children)
    async with running(isolated("block", deadline=0.5), scripted("good")) as rig:
        await until(lambda: rig.state("isolated") == "FAILED")
        failure = rig.report("isolated").failure
        assert failure is not None
        assert failure.kind.value == "TIMEOUT"
        assert rig.state("good") == "WAITING"
        assert await trio.to_thread.run_sync(children) <= others


async def test_background_tasks_work_in_a_process() -> None:
    async with running(isolated(more={"listen": "yes", "engage": "yes"})) as rig:
        await written(rig, "heard")
        await written(rig, "engaged")
        await operations.refresh(rig.daemon, connector="isolated")
        assert rig.state("isolated") == "ENGAGED"
        assert rig.said("CONNECTORS-0010")
        await operations.restart(rig.daemon, connector="isolated")
        await until(lambda: rig.state("isolated") == "ENGAGED")
        assert rig.report("isolated").incarnation == 2


@pytest.mark.parametrize(
    ("fault", "method", "message"),
    [
        ({"listen": "raise"}, "listener", "The directory {d} was removed"),
        ({"listen": "exit"}, "listener", "has ended with status 3"),
        ({"engage": "raise"}, "engage", "KeyError: 'engaged'"),
    ],
)
async def test_a_failing_background_task_in_a_process_fails_the_connector(
    fault: dict[str, str], method: str, message: str
) -> None:
    async with running(isolated(more=fault), scripted("good")) as rig:
        await until(lambda: rig.state("isolated") == "FAILED")
        failure = rig.report("isolated").failure
        assert failure is not None
        assert message in failure.message
        assert failure.method in (method, "refresh")  # the process may end in the middle of its first refresh
        assert rig.state("good") == "WAITING"


def processes_told_of(directory: Path) -> list[int]:
    return [int(path.name) for path in directory.iterdir()]


def hold_the_loop_until_they_end(processes: list[int]) -> None:
    for process in processes:
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


async def test_a_process_that_ends_just_after_its_refresh_is_noticed(tmp_path: Path) -> None:
    """The daemon may read either of a process's two connections first, so several processes end at once."""
    told, names = tmp_path / "told", [f"isolated {number}" for number in range(8)]
    configs = [isolated(kind=EndsAfterwards, more={"told": str(told)}, name=name) for name in names]
    async with running(*configs) as rig:
        await until(lambda: len(processes_told_of(tmp_path)) >= len(names))
        processes = processes_told_of(tmp_path)
        told.touch()
        hold_the_loop_until_they_end(processes)
        await until(lambda: {rig.state(name) for name in names} == {"FAILED"})
        for name in names:
            failure = rig.report(name).failure
            assert failure is not None
            assert "has ended with status 9" in failure.message
