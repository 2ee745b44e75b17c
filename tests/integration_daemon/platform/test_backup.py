"""Backups of data directories that are unusual: with links, names of any bytes, and what interrupted commands left."""

import os
import tarfile
from pathlib import Path

import apsw
import pytest

from integration_daemon.platform.backed_up_files import files_in
from integration_daemon.platform.backup import back_up, restore
from integration_daemon.platform.data_directory import RESTORED, locked
from services.errors import InvalidParameterError


def ignored(_name: str) -> None:
    """Nobody follows the progress."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one file."""
    (tmp_path / "data" / "servers" / "exchangeDL01").mkdir(parents=True)
    (tmp_path / "data" / "servers" / "exchangeDL01" / "consumers.json").write_text("{}")
    return tmp_path / "data"


def database(path: Path) -> Path:
    with apsw.Connection(str(path)) as connection:
        connection.execute("CREATE TABLE some (thing)")
    return path


def test_what_links_lead_to_is_in_the_backup(data: Path, tmp_path: Path) -> None:
    (tmp_path / "large-disk").mkdir()
    database(tmp_path / "large-disk" / "open-metadata.sqlite")
    (data / "servers" / "hospital").symlink_to(tmp_path / "large-disk")
    (data / "servers" / "link.json").symlink_to(data / "servers" / "exchangeDL01" / "consumers.json")
    back_up(data, tmp_path / "backup", ignored)
    restore(tmp_path / "backup", tmp_path / "other")
    assert (tmp_path / "other" / "servers" / "hospital" / "open-metadata.sqlite").is_file()
    assert (tmp_path / "other" / "servers" / "link.json").read_text() == "{}"


@pytest.mark.parametrize("target", ["nowhere", "."])
def test_a_link_that_cannot_be_followed_is_named(data: Path, tmp_path: Path, target: str) -> None:
    (data / "servers" / "linked").symlink_to(target)
    with pytest.raises(InvalidParameterError, match=r"servers/linked: it is a link to"):
        back_up(data, tmp_path / "backup", ignored)
    assert os.listdir(tmp_path) == ["data"]


def test_files_may_have_any_name(data: Path, tmp_path: Path) -> None:
    names = [b"not-\xff-utf-8", b"two\nlines", b"notes-wal", "größer".encode(), b"n" * 200]
    for name in names:
        Path(os.fsdecode(os.fsencode(data) + b"/servers/" + name)).write_bytes(name)
    back_up(data, tmp_path / "backup", ignored)
    restore(tmp_path / "backup", tmp_path / "other")
    servers = os.fsencode(tmp_path / "other" / "servers")
    assert sorted(os.listdir(servers)) == sorted([b"exchangeDL01", *names])
    assert all(Path(os.fsdecode(servers + b"/" + name)).read_bytes() == name for name in names)


def test_stores_of_metadata_are_copied_last(data: Path) -> None:
    """Otherwise, what was noted about the catalogue would tell of changes that its copy does not have."""
    places = [data / "servers" / "exchangeDL01" / name for name in ("open-metadata.sqlite", "published-feed.sqlite")]
    (data / "servers" / "zone").mkdir()
    (data / "servers" / "exchangeDL01" / "open-metadata.sqlite-wal").touch()
    for place in [*places, data / "servers" / "zone" / "refreshes.db"]:
        database(place)
    found = files_in(data)
    assert [each.name for each in found.databases] == ["published-feed.sqlite", "refreshes.db", "open-metadata.sqlite"]
    assert [each.name for each in found.plain] == ["consumers.json"]


def test_a_file_that_gets_another_name_meanwhile_is_in_the_backup(data: Path, tmp_path: Path) -> None:
    letters = data / "servers" / "exchangeDL01" / "dead-letters.jsonl"
    letters.write_text("lineage")

    def replayed(name: str) -> None:
        if name.endswith("dead-letters.jsonl"):
            letters.rename(letters.with_name("dead-letters.replayed.jsonl"))

    manifest = back_up(data, tmp_path / "backup", replayed)
    assert "servers/exchangeDL01/dead-letters.replayed.jsonl" in [each.path for each in manifest.files]


def test_a_backup_is_not_written_into_what_it_contains(data: Path) -> None:
    with pytest.raises(InvalidParameterError, match=r"backup is in the data directory"):
        back_up(data, data / "servers" / "backup", ignored)


def test_what_another_backup_left_is_named_and_kept(data: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.unfinished").mkdir()
    for _ in range(2):
        with pytest.raises(InvalidParameterError, match=r"backup\.unfinished of another backup"):
            back_up(data, tmp_path / "backup", ignored)
    (tmp_path / "backup.unfinished").rmdir()
    back_up(data, tmp_path / "backup", ignored)


def test_a_place_that_cannot_be_written_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=r"nowhere/backup.unfinished: No such file or directory"):
        back_up(data, tmp_path / "nowhere" / "backup", ignored)


def test_a_backup_is_restored_within_its_directory(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory of a service is in one that only root can write to, and may be a file system of its own."""
    back_up(data, tmp_path / "backup", ignored)
    (tmp_path / "other").mkdir()
    (tmp_path / "other.unfinished").touch()
    monkeypatch.chdir(tmp_path / "other")
    restore(tmp_path / "backup", Path())
    assert sorted(os.listdir()) == [".lock", "servers"]
    assert (tmp_path / "other" / "servers" / "exchangeDL01" / "consumers.json").read_text() == "{}"


def test_an_interrupted_restoration_can_be_repeated_and_is_not_used(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "backup", ignored)
    interrupted = tmp_path / "other" / RESTORED / "servers"
    interrupted.mkdir(parents=True)
    (interrupted / "half").touch()
    with (
        pytest.raises(InvalidParameterError, match="the restoration of a backup was interrupted"),
        locked(tmp_path / "other"),
    ):
        pass
    with pytest.raises(InvalidParameterError, match="a restoration into it did not finish"):
        back_up(tmp_path / "other", tmp_path / "another", ignored)
    restore(tmp_path / "backup", tmp_path / "other")
    with locked(tmp_path / "other"):
        assert os.listdir(tmp_path / "other" / "servers") == ["exchangeDL01"]


def test_an_archive_with_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "backup", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("servers/" + "n" * 200 + "\0"))
    with pytest.raises(InvalidParameterError, match="cannot be restored"):
        restore(tmp_path / "backup", tmp_path / "other")
