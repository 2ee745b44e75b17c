"""The data files monitor on real directories, with a real store."""

import os
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from msgspec.structs import replace

from audit.errors import DescribedError
from services.errors import ConnectorConfigurationError, RefreshPostponedError, ThirdPartyUnavailableError
from services.files import scan, tree_scan
from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from services.metadata.stored_names import stored_name
from tests.services.contexts import Surroundings, surroundings

SUMMARY = "CONNECTORS-0028"


class Monitored:
    """A started monitor on a directory."""

    def __init__(self, monitor: DataFilesMonitor, around: Surroundings[FilesIntegratorContext], root: Path) -> None:
        self.monitor = monitor
        self.around = around
        self.root = root

    async def paths(self, type_name: str = "DataFile") -> set[str]:
        """The catalogued paths below the root."""
        found = [str(each.properties["pathName"]) for each in await self.around.elements(type_name)]
        return {path.removeprefix(f"{self.root}/") for path in found}

    async def refresh(self) -> str:
        """Refresh, and return the summary that the monitor logs, or an empty string."""
        before = len(self.around.said(SUMMARY))
        await self.monitor.refresh()
        return "".join(self.around.said(SUMMARY)[before:])


@asynccontextmanager
async def monitoring(tmp_path: Path, address: str | None = "", **properties: Any) -> AsyncIterator[Monitored]:
    root = tmp_path / "tree"
    root.mkdir(exist_ok=True)
    around = surroundings(
        FilesIntegratorContext, tmp_path, address=str(root) if address == "" else address, properties=properties
    )
    async with around as surrounded:
        monitor = DataFilesMonitor()
        monitor.context, monitor.connection = surrounded.context, surrounded.context.connection
        monitor.connector_name = "monitor"
        await monitor.start()
        yield Monitored(monitor, surrounded, root)


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


async def test_every_file_is_catalogued_with_its_type_in_its_folder(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "deep/er/b.json", "deep/c")
        os.utime(tree.root / "a.csv", (1612299470.647, 1612299470.647))
        await tree.refresh()

        (csv,) = await tree.around.elements("CSVFile")
        assert csv.properties == {
            "qualifiedName": f"CSVFile::{tree.root}/a.csv",
            "displayName": "a.csv",
            "additionalProperties": {
                "canRead": "true", "canWrite": "true", "canExecute": "false", "isHidden": "false", "isSymLink": "false",
            },
            "deployedImplementationType": "CSV File",
            "pathName": f"{tree.root}/a.csv",
            "storeUpdateTime": "2021-02-02T20:57:50.647+00:00",
            "fileName": "a.csv",
            "fileType": "CSV File",
            "fileExtension": "csv",
            "fileSize": 5,
        }  # fmt: skip
        (json,) = await tree.around.elements("JSONFile")
        assert json.classifications == {"DataAssetEncoding": {"encoding": "UTF-8"}}
        assert json.metadata_source == "source"

        folder = await tree.around.context.folder_at(f"{tree.root}/deep")
        assert folder is not None
        assert [each.properties["fileName"] for each in await tree.around.context.files_in(folder)] == ["c"]
        links = await tree.around.context.relationships([folder.guid])
        assert sorted(link.type_name for link in links) == ["FolderHierarchy", "FolderHierarchy", "NestedFile"]


async def test_an_unchanged_tree_writes_nothing(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "b/c.txt")
        assert "5 created" not in await tree.refresh()
        versions = {each.guid: each.version for each in await tree.around.elements()}

        assert await tree.refresh() == ""
        assert {each.guid: each.version for each in await tree.around.elements()} == versions


async def test_a_changed_file_is_updated_and_a_new_file_added(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "folder/a.csv")
        await tree.refresh()
        (tree.root / "folder" / "a.csv").write_text("longer than before")
        said = await tree.refresh()
        assert "0 created, 1 updated, 0 archived, 0 refused" in said

        (csv,) = await tree.around.elements("CSVFile")
        assert (csv.version, csv.properties["fileSize"]) == (2, 18)


async def test_a_rename_is_one_removal_and_one_creation(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "keep.txt")
        await tree.refresh()
        (tree.root / "a.csv").rename(tree.root / "b.csv")
        said = await tree.refresh()

        assert "1 created, 1 updated, 1 archived" in said  # the folder itself has also changed
        assert await tree.paths() == {"b.csv", "keep.txt"}


async def test_removed_files_and_folders_are_archived(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "gone/b.csv", "gone/deeper/c.csv")
        await tree.refresh()
        shutil.rmtree(tree.root / "gone")
        assert "4 archived" in await tree.refresh()

        assert await tree.paths() == {"a.csv"}
        archived = [each for each in await tree.around.elements(archived=True) if "Memento" in each.classifications]
        assert len(archived) == 4
        assert {each.classifications["Memento"]["archiveProcess"] for each in archived} == {"connector"}


@pytest.mark.parametrize(("setting", "kept"), [(True, 0), ("true", 0), (False, 1), ("false", 1), (None, 1)])
async def test_files_are_deleted_from_the_catalogue_only_if_allowed(setting: object, kept: int, tmp_path: Path) -> None:
    async with monitoring(tmp_path, allowCatalogDelete=setting) as tree:
        make(tree.root, "a.csv")
        await tree.refresh()
        (tree.root / "a.csv").unlink()
        await tree.refresh()

        assert len(await tree.around.elements("CSVFile", archived=True)) == kept


ODD_NAMES = [
    b"two words.csv",
    b'it\'s "odd".csv',
    b"line\nbreak.csv",
    "Größe 測定.csv".encode(),
    b"not \xff utf-8.csv",
    b"back\\slash.csv",
    b"\\xff.csv",
    b"*?[a].csv",
    b"-rf",
    b"{braces}.json",
    b"%2e%2e",
    b"\x01control",
]


async def test_odd_names_are_catalogued_like_any_other(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        for name in ODD_NAMES:
            (tree.root / os.fsdecode(name)).write_text("x")
        assert f"{len(ODD_NAMES) + 1} created" in await tree.refresh()

        assert await tree.paths() == {stored_name(os.fsdecode(name)) for name in ODD_NAMES}
        assert await tree.refresh() == ""


async def test_links_are_not_followed_out_of_the_tree(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    make(outside, "secret.txt")
    async with monitoring(tmp_path) as tree:
        make(tree.root, "inside/a.txt")
        (tree.root / "loop").symlink_to(tree.root)
        (tree.root / "way out").symlink_to(outside)
        (tree.root / "stolen.txt").symlink_to(outside / "secret.txt")
        (tree.root / "alias.txt").symlink_to(tree.root / "inside" / "a.txt")
        (tree.root / "broken").symlink_to(tree.root / "nowhere")
        await tree.refresh()

        assert await tree.paths() == {"inside/a.txt", "alias.txt"}
        alias = await tree.around.context.file_at(f"{tree.root}/alias.txt")
        assert alias is not None
        assert alias.properties["additionalProperties"]["isSymLink"] == "true"


async def test_special_files_are_left_out(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        os.mkfifo(tree.root / "pipe")
        make(tree.root, "a.csv")
        await tree.refresh()

        assert await tree.paths() == {"a.csv"}


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

    def gone(root: str) -> tuple[int, int]:
        if next(looks):
            shutil.rmtree(root)
        return identity_of(root)

    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "b.csv")
        await tree.refresh()
        (tree.root / "a.csv").unlink()
        monkeypatch.setattr(tree_scan, "identity_of", gone)
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
        with pytest.raises(RefreshPostponedError, match="what was mounted there is not"):
            await tree.refresh()
        assert await tree.paths() == {"a.csv"}


async def test_a_few_changes_are_named_and_many_are_counted(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, *(f"{number}.csv" for number in range(50)))
        assert "51 created" in await tree.refresh()
        assert len(tree.around.said("CONNECTORS-0016")) == 20


async def test_files_of_another_source_are_reported_and_the_rest_is_catalogued(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        make(tree.root, "a.csv", "b.csv")
        await tree.refresh()
        other = DataFilesMonitor()
        settings = tree.around.context.settings
        context = FilesIntegratorContext(
            replace(settings, metadata_source="other"), tree.around.store, tree.around.context.audit_log
        )
        other.context, other.connection, other.connector_name = context, context.connection, "other"
        await other.start()
        await other.refresh()

        assert len(tree.around.said("CONNECTORS-0014")) == 3
        assert "already belongs to an element of source" in tree.around.said("CONNECTORS-0014")[0]
        assert "3 refused" in tree.around.said(SUMMARY)[-1]
        assert {each.metadata_source for each in await tree.around.elements("CSVFile")} == {"source"}


async def test_ten_thousand_files_are_catalogued_once(tmp_path: Path) -> None:
    async with monitoring(tmp_path) as tree:
        for number in range(100):
            folder = tree.root / f"part {number // 10}" / f"é{number}"
            folder.mkdir(parents=True)
            for each in range(100):
                name = f"{each}{os.fsdecode(ODD_NAMES[each % len(ODD_NAMES)])}"
                (folder / name).touch()
        assert "10111 created" in await tree.refresh()
        assert len(await tree.paths("FileFolder")) == 111
        assert await tree.refresh() == ""
