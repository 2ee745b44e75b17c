"""`backup` and `restore`: a data directory is copied while the daemon works, and a daemon continues from the copy."""

import io
import json
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import command, running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a backup that was made while a daemon ran, and what that daemon had catalogued."""
    directory = tmp_path_factory.mktemp("backup")
    with running(directory) as program:
        for number in range(20):
            (directory / "landing-area" / f"{number}.csv").write_text("a,b")
        assert program.command("refresh").returncode == 0
        done = command("backup", "backup.tar.gz", "--json", cwd=directory)
        assert done.returncode == 0, done.stderr
        (directory / "elements.json").write_text(json.dumps(elements(program)))
    (directory / "manifest.json").write_text(done.stdout)
    return directory


def elements(program: Any) -> dict[str, str]:
    """The GUIDs of all elements by their names."""
    found = json.loads(program.command("elements", "--json").stdout)
    rows = found if isinstance(found, list) else found["elements"]
    return {each["properties"]["qualifiedName"].rpartition("/")[2]: each["guid"] for each in rows}


def test_a_daemon_continues_from_a_backup(made: Path, tmp_path: Path) -> None:
    done = command("restore", str(made / "backup.tar.gz"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = json.loads((made / "elements.json").read_text())
    with running(tmp_path) as program:
        assert elements(program).items() >= {name: guid for name, guid in expected.items() if "csv" in name}.items()
        assert len(expected) > 20


def test_a_backup_is_for_its_user_alone_and_lists_its_files(made: Path) -> None:
    assert stat.S_IMODE((made / "backup.tar.gz").stat().st_mode) == 0o600
    paths = {each["path"] for each in json.loads((made / "manifest.json").read_text())["files"]}
    assert {"servers/quickstart/open-metadata.sqlite", "servers/quickstart/refreshes.db"} <= paths
    assert not [each for each in paths if each.endswith((".lock", "-wal", "-shm"))]
    assert [each.name for each in made.iterdir() if "unfinished" in each.name] == []


def test_no_file_is_overwritten_by_a_backup(made: Path) -> None:
    done = command("backup", "backup.tar.gz", cwd=made)
    assert (done.returncode, "exists already" in done.stderr) == (1, True)


def test_a_damaged_database_is_not_backed_up(made: Path, tmp_path: Path) -> None:
    assert command("restore", str(made / "backup.tar.gz"), cwd=tmp_path).returncode == 0
    store = tmp_path / "data" / "servers" / "quickstart" / "open-metadata.sqlite"
    with store.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(20_000))
    done = command("backup", "other.tar.gz", cwd=tmp_path)
    assert (done.returncode, "OMAG-PLATFORM-400-020" in done.stderr) == (1, True)
    assert not list(tmp_path.glob("other*"))


def cut_short(archive: bytes) -> bytes:
    return archive[: len(archive) // 2]


def changed(archive: bytes) -> bytes:
    middle = len(archive) // 2
    return archive[:middle] + bytes([archive[middle] ^ 1]) + archive[middle + 1 :]


def without_manifest(archive: bytes) -> bytes:
    return repacked(archive, lambda entry: None if entry.name == "manifest.json" else entry)


def leading_outside(archive: bytes) -> bytes:
    def moved(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.name = entry.name.replace("security/", "../")
        return entry

    return repacked(archive, moved)


def with_a_link(archive: bytes) -> bytes:
    def linked(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        if entry.name.startswith("security/"):
            entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, "/etc/passwd", 0
        return entry

    return repacked(archive, linked)


def repacked(archive: bytes, change: Callable[[tarfile.TarInfo], tarfile.TarInfo | None]) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=output, mode="w:gz") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry)
            if (kept := change(entry)) is not None:
                new.addfile(kept, content)
    return output.getvalue()


@pytest.mark.parametrize("damage", [cut_short, changed, without_manifest, leading_outside, with_a_link])
def test_a_damaged_backup_restores_nothing(made: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "damaged").write_bytes(damage((made / "backup.tar.gz").read_bytes()))
    done = command("restore", "damaged", cwd=tmp_path)
    assert (done.returncode, "OMAG-PLATFORM-400-021" in done.stderr) == (1, True), done.stderr
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] in (["damaged"], ["damaged", ".lock"])
    assert command("restore", str(made / "backup.tar.gz"), cwd=tmp_path).returncode == 0  # there is still room for one


def test_nothing_is_restored_over_data_or_under_a_daemon(made: Path, tmp_path: Path) -> None:
    archive = str(made / "backup.tar.gz")
    assert command("restore", archive, cwd=tmp_path).returncode == 0
    again = command("restore", archive, cwd=tmp_path)
    assert (again.returncode, "OMAG-PLATFORM-409-009" in again.stderr) == (1, True)
    with running(tmp_path):
        assert command("restore", archive, cwd=tmp_path).returncode == 1


def test_a_directory_without_data_is_not_backed_up(tmp_path: Path) -> None:
    done = command("backup", cwd=tmp_path)
    assert (done.returncode, "there is no data directory" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
