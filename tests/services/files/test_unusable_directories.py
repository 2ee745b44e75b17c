"""Directories that are missing, replaced, hung or partly unreadable: a scan of one removes nothing."""

import os
import shutil
import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from audit.errors import DescribedError
from services.errors import ConnectorConfigurationError, RefreshPostponedError, ThirdPartyUnavailableError
from services.files import scan, tree_scan
from tests.services.files.monitored import make, monitoring


async def test_an_unreadable_folder_is_reported_and_its_elements_are_kept(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "deep/a.csv", "b.csv")
        await tree.refresh()
        _bury(tree.root / "deep")
        (tree.root / "b.csv").unlink()
        await tree.refresh()

        assert "deep/a.csv" in await tree.paths()
        assert "b.csv" not in await tree.paths()
        assert "File name too long" in tree.around.said("CONNECTORS-0029")[0]


def _bury(folder: Path) -> None:
    """Create nested folders beyond the maximum length of a path: the innermost cannot be opened by its path."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=descriptor)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)


@pytest.fixture(params=["in one step", "in several steps"])
def steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with scans of one step and of several steps."""
    if request.param == "in several steps":
        monkeypatch.setattr(scan, "PUTS_IN_A_STEP", 0)


@pytest.mark.usefixtures("steps")
async def test_a_directory_replaced_during_the_scan_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity_of, looks = tree_scan.identity_of, count()

    def replaced(root: str) -> tuple[int, int]:
        identity = identity_of(root)
        if not next(looks):
            Path(root).rename(tmp_path / "taken away")
            Path(root).mkdir()
        return identity

    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "b.csv")
        await tree.refresh()
        monkeypatch.setattr(tree_scan, "identity_of", replaced)
        with pytest.raises(ThirdPartyUnavailableError, match="removed or replaced"):
            await tree.monitor.refresh()

        assert await tree.paths() == {"a.csv", "b.csv"}


@pytest.mark.usefixtures("steps")
async def test_a_directory_missing_at_the_end_of_the_scan_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity_of, looks = tree_scan.identity_of, count()

    def no_directory(root: str) -> tuple[int, int]:
        if next(looks):
            shutil.rmtree(root)
        return identity_of(root)

    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "b.csv")
        await tree.refresh()
        (tree.root / "a.csv").unlink()
        monkeypatch.setattr(tree_scan, "identity_of", no_directory)
        with pytest.raises(ThirdPartyUnavailableError, match="removed or replaced"):
            await tree.monitor.refresh()

        assert await tree.paths() == {"a.csv", "b.csv"}


class Hanging:
    """A directory that cannot be listed, as on a file server that does not answer."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = str(directory)
        self._answers = threading.Event()
        self._list = os.scandir
        monkeypatch.setattr(os, "scandir", self._listed)

    def _listed(self, path: Any = ".") -> Any:
        if path == self._directory:
            self._answers.wait()
        return self._list(path)

    def __enter__(self) -> "Hanging":
        return self

    def __exit__(self, *exception: object) -> None:
        self._answers.set()


async def test_a_hung_directory_does_not_delay_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").mkdir()
    async with monitoring(tmp_path) as tree, monitoring(tmp_path / "one") as other, trio.open_nursery() as nursery:
        make(other.root, "a.csv")
        with Hanging(tree.root, monkeypatch):
            nursery.start_soon(tree.monitor.refresh)
            nursery.start_soon(tree.monitor.refresh)
            await trio.testing.wait_all_tasks_blocked()
            with trio.fail_after(5):
                await other.refresh()
            nursery.cancel_scope.cancel()
        assert await other.paths() == {"a.csv"}


async def test_an_abandoned_scan_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv")
        with Hanging(tree.root, monkeypatch), trio.move_on_after(0.05) as scope:
            await tree.monitor.refresh()
        assert scope.cancelled_caught
        await trio.testing.wait_all_tasks_blocked()
        assert await tree.paths() == set()

        await tree.refresh()
        assert await tree.paths() == {"a.csv"}


@pytest.mark.parametrize(
    ("address", "message_id"),
    [(None, "400-001"), ("nowhere", "404-001"), ("file.txt", "400-002")],
)
async def test_an_unusable_directory_is_a_configuration_failure(
    address: str | None, message_id: str, tmp_path: Path
) -> None:
    make(tmp_path, "file.txt")
    at = str(tmp_path / address) if address else None
    with pytest.RaisesGroup(ConnectorConfigurationError, allow_unwrapped=True, flatten_subgroups=True) as caught:
        async with monitoring(tmp_path, at):
            pass
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, DescribedError)
    assert error.definition.id == f"BASIC-FILES-INTEGRATION-CONNECTORS-{message_id}"
    assert "address='" in str(error)


async def test_a_monitor_can_wait_for_a_missing_directory(tmp_path: Path) -> None:
    async with monitoring(tmp_path, waitForDirectory="true") as tree:
        make(tree.root, "a.csv")
        await tree.refresh()
        tree.root.rename(tmp_path / "unmounted")
        with pytest.raises(RefreshPostponedError, match="does not exist, and integration connector connector waits"):
            await tree.refresh()
        assert await tree.paths() == {"a.csv"}
        assert "does not exist" in tree.around.said("CONNECTORS-0023")[0]

        (tmp_path / "unmounted").rename(tree.root)
        make(tree.root, "b.csv")
        await tree.refresh()
        assert await tree.paths() == {"a.csv", "b.csv"}


async def test_an_unmounted_directory_fails_the_refresh_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv")
        with monkeypatch.context() as mounted:
            mounted.setattr("os.path.ismount", lambda path: str(path) == str(tree.root))
            await tree.refresh()
        (tree.root / "a.csv").unlink()
        with pytest.raises(RefreshPostponedError, match="its file system is no longer"):
            await tree.refresh()
        assert await tree.paths() == {"a.csv"}
