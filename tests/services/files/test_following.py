"""The data files monitor follows its tree: with real directories, events of the kernel, and a real store."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from errno import EMFILE, ENOSPC
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import trio
import trio.testing
from msgspec.structs import replace

from services.files import following, inotify
from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from services.files.inotify import IN_Q_OVERFLOW, Event, Inotify
from services.files.watching import Watch
from services.framework.host import Listener
from services.metadata.removal import CompletedScan, DefaultRemovalPolicy, DeletionSafety
from tests.services.contexts import Surroundings, surroundings


class SomeHost:
    """A host that runs listeners in a nursery, and records requests."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.paused = False
        self.refresh_asked = trio.Event()
        self._nursery = nursery
        self._policy = DefaultRemovalPolicy(DeletionSafety())

    def listen(self, listener: Listener) -> None:
        async def run() -> None:
            await listener()  # type: ignore[misc]

        self._nursery.start_soon(run)

    def ask_for_refresh(self) -> None:
        self.refresh_asked.set()

    async def is_paused(self) -> bool:
        return self.paused

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        return await self._policy.scan_completed(scan)


class Followed:
    """A tree that a monitor has refreshed once and now follows."""

    def __init__(self, root: Path, around: Surroundings[FilesIntegratorContext], host: SomeHost) -> None:
        self.root = root
        self.around = around
        self.host = host

    async def files(self) -> set[str]:
        """The catalogued files below the root."""
        found = await self.around.elements("DataFile")
        return {str(each.properties["pathName"]).removeprefix(f"{self.root}/") for each in found}

    async def has(self, *names: str) -> None:
        """Wait until exactly these files are catalogued."""
        await until(lambda: self._has(set(names)))

    async def _has(self, names: set[str]) -> bool:
        return await self.files() == names


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    with trio.fail_after(10):
        while not await condition():  # noqa: ASYNC110 - it waits for the kernel and for a database
            await trio.sleep(0.02)


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SETTLE", 0.02)


@asynccontextmanager
async def followed(
    tmp_path: Path, *files: str, name: str = "tree", safety: DeletionSafety | None = None, **properties: Any
) -> AsyncIterator[Followed]:
    root = tmp_path / name
    root.mkdir()
    make(root, *files)
    around = surroundings(FilesIntegratorContext, root.parent, address=str(root), properties=properties)
    async with around as surrounded, trio.open_nursery() as nursery:
        monitor = DataFilesMonitor()
        context = surrounded.context
        if safety is not None:
            context.settings = replace(context.settings, safety=safety)
        context.host = host = SomeHost(nursery)
        monitor.context, monitor.connection, monitor.connector_name = context, context.connection, "monitor"
        await monitor.start()
        await monitor.refresh()
        yield Followed(root, surrounded, host)
        nursery.cancel_scope.cancel()


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


async def test_changes_are_catalogued_without_a_refresh(tmp_path: Path) -> None:
    async with followed(tmp_path, "a.csv", "deep/er/b.json", "gone.txt") as tree:
        assert tree.around.said("0030") == [
            f"The integration connector connector watches 3 folders of directory {tree.root} for changes"
        ]
        make(tree.root, "deep/er/new.csv")
        await tree.has("a.csv", "deep/er/b.json", "gone.txt", "deep/er/new.csv")

        (tree.root / "gone.txt").unlink()
        os.rename(tree.root / "deep" / "er", tree.root / "moved")
        await tree.has("a.csv", "moved/b.json", "moved/new.csv")
        make(tree.root, "moved/after.txt")
        await tree.has("a.csv", "moved/b.json", "moved/new.csv", "moved/after.txt")
        assert not tree.host.refresh_asked.is_set()

        folder = await tree.around.context.folder_at(f"{tree.root}/moved")
        assert folder is not None
        links = await tree.around.context.relationships([folder.guid], type_name="FolderHierarchy")
        assert [link.end2_guid for link in links] == [folder.guid]


async def test_a_rewritten_file_is_updated(tmp_path: Path) -> None:
    async with followed(tmp_path, "a.csv") as tree:
        (tree.root / "a.csv").write_text("something longer than before")

        async def is_updated() -> bool:
            (csv,) = await tree.around.elements("CSVFile")
            return bool(csv.properties["fileSize"] == 28)

        await until(is_updated)


async def test_nested_folders_created_at_once_are_all_followed(tmp_path: Path) -> None:
    async with followed(tmp_path) as tree:
        make(tree.root, "a/b/c/d/first.txt")
        await tree.has("a/b/c/d/first.txt")
        make(tree.root, "a/b/c/d/second.txt", "a/b/third.txt")
        await tree.has("a/b/c/d/first.txt", "a/b/c/d/second.txt", "a/b/third.txt")


async def test_removing_a_folder_removes_its_files(tmp_path: Path) -> None:
    async with followed(tmp_path, "a/b/c.txt", "a/b/d.txt", "keep.txt") as tree:
        for name in ("a/b/c.txt", "a/b/d.txt"):
            (tree.root / name).unlink()
        (tree.root / "a" / "b").rmdir()
        (tree.root / "a").rmdir()
        await tree.has("keep.txt")
        assert await tree.around.context.folder_at(f"{tree.root}/a") is None


@pytest.mark.parametrize(
    "safety", [DeletionSafety(few=1, percent=0), DeletionSafety(confirm=True)], ids=["too many", "to be confirmed"]
)
async def test_removals_beyond_the_deletion_safety_are_left_to_a_refresh(
    tmp_path: Path, safety: DeletionSafety
) -> None:
    async with followed(tmp_path, "a/1", "a/2", "a/3", safety=safety) as tree:
        for name in ("a/1", "a/2"):
            (tree.root / name).unlink()
        with trio.fail_after(10):
            await tree.host.refresh_asked.wait()
        assert await tree.files() == {"a/1", "a/2", "a/3"}


async def test_successive_removals_add_up_towards_the_deletion_safety(tmp_path: Path) -> None:
    async with followed(tmp_path, "1", "2", "3", safety=DeletionSafety(few=1, percent=0)) as tree:
        (tree.root / "1").unlink()
        await tree.has("2", "3")
        assert not tree.host.refresh_asked.is_set()
        (tree.root / "2").unlink()
        with trio.fail_after(10):
            await tree.host.refresh_asked.wait()
        assert await tree.files() == {"2", "3"}


async def test_a_paused_connector_leaves_the_catalogue_unchanged(tmp_path: Path) -> None:
    async with followed(tmp_path, "a") as tree:
        tree.host.paused = True
        make(tree.root, "b")
        await trio.sleep(0.2)
        tree.host.paused = False
        make(tree.root, "folder/c")
        await until(lambda: _contains(tree, "folder/c"))
        assert await tree.files() == {"a", "b", "folder/c"}  # the root was scanned again, because of the new folder


async def _contains(tree: Followed, name: str) -> bool:
    return name in await tree.files()


async def test_lost_events_lead_to_a_refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Inotify.read

    def overflowing(self: Inotify) -> Iterator[Event]:
        list(read(self))
        yield Event(-1, IN_Q_OVERFLOW)

    async with followed(tmp_path, "a") as tree:
        monkeypatch.setattr(Inotify, "read", overflowing)
        make(tree.root, "b")
        with trio.fail_after(10):
            await tree.host.refresh_asked.wait()
        assert "was not notified of all of them" in tree.around.said("0032")[0]


async def test_a_system_without_inotify_is_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Inotify) -> None:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr(Inotify, "__init__", refuse)
    monkeypatch.setattr(following, "POLL", 0.05)
    async with followed(tmp_path, "a", "b/c") as tree:
        assert "cannot watch 2 folders" in tree.around.said("0031")[0]
        assert "Too many open files" in tree.around.said("0031")[0]
        make(tree.root, "b/d")
        await tree.has("a", "b/c", "b/d")
        make(tree.root, "b/e")
        await tree.has("a", "b/c", "b/d", "b/e")


async def test_a_watched_tree_sets_no_timer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timers of many thousands of idle connectors would use a part of a core, and hold the loop together."""
    monkeypatch.setattr(following, "POLL", 1.0)
    async with followed(tmp_path, "a") as tree:
        make(tree.root, "b")
        await tree.has("a", "b")
        with trio.fail_after(5):
            while trio.lowlevel.current_statistics().seconds_to_next_deadline <= following.POLL:  # noqa: ASYNC110
                await trio.sleep(0.02)


async def test_folders_beyond_the_watch_limit_of_the_kernel_are_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, added = Inotify.add, list[str]()

    def limited(self: Inotify, path: str) -> int:
        if len(added) == 2:
            raise OSError(ENOSPC, "No space left on device")
        added.append(path)
        return add(self, path)

    monkeypatch.setattr(Inotify, "add", limited)
    monkeypatch.setattr(following, "POLL", 0.05)
    async with followed(tmp_path, "a/1", "b/1", "c/1") as tree:
        assert f"max_user_watches is {inotify.limit_of_watches()}" in tree.around.said("0031")[0]
        make(tree.root, "a/2", "c/2")
        await tree.has("a/1", "a/2", "b/1", "c/1", "c/2")


async def test_several_trees_share_one_inotify_descriptor_which_is_closed_at_the_end(tmp_path: Path) -> None:
    before = descriptors()
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    async with followed(tmp_path / "1", "a") as one:
        async with followed(tmp_path / "2", "a") as other:
            assert descriptors() == before + 1
            make(one.root, "b")
            make(other.root, "c")
            await one.has("a", "b")
            await other.has("a", "c")
        make(one.root, "d")
        await one.has("a", "b", "d")
    assert descriptors() == before


async def test_the_work_of_stopping_many_trees_grows_with_their_number_only(tmp_path: Path) -> None:
    few, many = [await calls_of_stopping(count, tmp_path) for count in (100, 400)]
    assert many < 6 * few  # four times as many; it would be ten times, if each looked at all others


async def calls_of_stopping(count: int, folder: Path) -> int:
    """The number of Python calls that are made while this number of followed trees stop together."""
    calls = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(waiting, Watch(), folder)
        await trio.testing.wait_all_tasks_blocked(0.05)
        former = sys.getprofile()
        sys.setprofile(counted)
        nursery.cancel_scope.cancel()
    sys.setprofile(former)
    return calls


async def waiting(watch: Watch, folder: Path) -> None:
    await watch.add({str(folder): 0})
    watch.take()
    try:
        await watch.changed()
    finally:
        watch.close()


def descriptors() -> int:
    """The number of inotify instances of this process."""
    held = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            held += "inotify" in os.readlink(f"/proc/self/fd/{descriptor}")
        except FileNotFoundError:
            continue  # the descriptor that listed the others
    return held
