"""The data files monitor on real directories, with a real store."""

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from services.metadata.stored_names import stored_name
from tests.services.files.monitored import SUMMARY, make, monitoring


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
