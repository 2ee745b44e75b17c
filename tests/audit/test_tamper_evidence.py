"""JSON lines that are chained by hash: what was done to them shows, and what happens to a daemon does not."""

import io
import os
import resource
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from audit.destination import ALL_SEVERITIES, DestinationError, DestinationSettings, make_destination
from audit.destinations.json_lines import JsonLinesDestination
from audit.destinations.rotated_file import RotatedFile
from integration_daemon.cli.main import main
from tests.audit.test_destinations import records

LOG = "exchangeDL01.jsonl"

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")  # it has sys.argv


def destination(directory: Path, *, max_bytes: int = 50_000_000, tamper_evident: bool = True) -> JsonLinesDestination:
    file = RotatedFile(directory / LOG, max_bytes=max_bytes, keep=20)
    return JsonLinesDestination(file, severities=ALL_SEVERITIES, tamper_evident=tamper_evident)


def verified(*paths: Path) -> tuple[int, str]:
    """The exit status of the command, and its output."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setattr(sys, "argv", ["integration-daemon", "audit-log", "--verify", *map(str, paths)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.getvalue()


def test_a_log_can_be_verified_after_rotations_and_restarts(tmp_path: Path) -> None:
    for _ in range(3):
        writing = destination(tmp_path, max_bytes=2_500)
        for _ in range(4):
            writing.write(records(2))
    files = sorted(tmp_path.iterdir())
    assert len(files) > 3
    status, said = verified(*files)
    assert (status, said.splitlines()[0]) == (0, f"{tmp_path / LOG}: OK, 24 records in {len(files)} files")
    status, said = verified(*files[:-1])  # the oldest one has gone
    assert status == 0
    assert "older records are not in these files" in said


def test_lines_without_a_hash_at_the_end_are_named(tmp_path: Path) -> None:
    destination(tmp_path).write(records(2))
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"messageText":"of somebody else"}\n')
    _, said = verified(tmp_path / LOG)
    assert "OK, 2 records in 1 file; 1 line without a hash at the end, not verified" in said


def changed(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b"exchangeDL01", b"exchangeDL02")


def removed(lines: list[bytes]) -> None:
    del lines[2]


def added(lines: list[bytes]) -> None:
    lines.insert(3, lines[3])


def swapped(lines: list[bytes]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def blotted(lines: list[bytes]) -> None:
    lines[2] = b"?"


def beginning_lost(lines: list[bytes]) -> None:
    lines[:3] = [b"{}", b"{}", b"{}"]


def begun_anew(lines: list[bytes]) -> None:
    lines[3] = lines[3][:-67] + b"0" * 64 + lines[3][-3:]


NOT_FOLLOWING = "it does not follow from the lines before it: one was changed, or some were removed or added"


@pytest.mark.parametrize(
    ("tampered", "line", "reason"),
    [
        (changed, 4, NOT_FOLLOWING),
        (removed, 3, NOT_FOLLOWING),
        (added, 5, NOT_FOLLOWING),
        (swapped, 3, NOT_FOLLOWING),
        (blotted, 4, NOT_FOLLOWING),
        (beginning_lost, 4, "the lines before it have lost their hashes, or have been replaced"),
        (begun_anew, 4, "a new chain begins here"),
    ],
)
def test_a_changed_line_is_detected_at_the_first_line_that_does_not_follow(
    tampered: Callable[[list[bytes]], None], line: int, reason: str, tmp_path: Path
) -> None:
    destination(tmp_path).write(records(8))
    path = tmp_path / LOG
    lines = path.read_bytes().splitlines(keepends=True)
    tampered(lines)
    path.write_bytes(b"".join(each if each.endswith(b"\n") else each + b"\n" for each in lines))
    status, said = verified(path)
    assert status == 1
    assert f"integration-daemon: {path}:{line}: {reason}" in said


def test_the_removal_of_a_file_from_the_middle_is_detected(tmp_path: Path) -> None:
    writing = destination(tmp_path, max_bytes=2_500)
    for _ in range(8):
        writing.write(records(2))
    (tmp_path / f"{LOG}.2").unlink()
    status, said = verified(*tmp_path.iterdir())
    assert status == 1
    assert f"{LOG}.1:1: {NOT_FOLLOWING}" in said


def test_the_chain_continues_after_a_daemon_was_killed_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / LOG
    for _ in range(2):
        destination(tmp_path).write(records(2))
        path.write_bytes(path.read_bytes() + b'{"guid":"1612')
    destination(tmp_path).write(records(2))
    status, said = verified(path)
    assert status == 0
    assert "OK, 6 records in 1 file; 2 lines without a hash among them" in said
    path.write_bytes(path.read_bytes().replace(b'"1612\n', b'"1613\n', 1))
    assert verified(path)[0] == 1


def test_a_batch_that_could_not_be_written_does_not_change_the_chain(tmp_path: Path) -> None:
    writing = destination(tmp_path)
    writing.write(records(1))
    size = (tmp_path / LOG).stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            writing.write(records(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    writing.write(records(2))
    status, said = verified(tmp_path / LOG)
    assert (status, "OK, 3 records" in said) == (0, True)


def test_the_chain_begins_when_it_is_switched_on(tmp_path: Path) -> None:
    destination(tmp_path, tamper_evident=False).write(records(2))
    status, said = verified(tmp_path / LOG)
    assert status == 1
    assert "no record has a hash; set tamperEvident" in said
    destination(tmp_path).write(records(3))
    status, said = verified(tmp_path / LOG)
    assert status == 0
    assert "OK, 3 records in 1 file; 2 lines without a hash before them" in said


def test_a_separately_kept_hash_is_found_if_no_earlier_line_has_changed(tmp_path: Path) -> None:
    writing = destination(tmp_path)
    writing.write(records(3))
    kept = verified(tmp_path / LOG)[1].split()[-1]
    writing.write(records(3))
    assert kept.encode() in (tmp_path / LOG).read_bytes()


def test_unverifiable_files_are_an_error(tmp_path: Path) -> None:
    assert verified(tmp_path / "nowhere")[0] == 1
    os.mkdir(tmp_path / "directory")
    assert verified(tmp_path / "directory")[0] == 1
    assert verified()[0] == 2


@pytest.mark.parametrize(("value", "is_chained"), [(True, True), ("true", True), (False, False), (None, False)])
def test_the_document_switches_the_chain_on(value: object, is_chained: bool, tmp_path: Path) -> None:
    properties = {} if value is None else {"tamperEvident": value}
    settings = DestinationSettings(provider="json-lines", properties=properties)
    make_destination(settings, server_name="s", directory=tmp_path).write(records(1))
    assert (b"previousHash" in (tmp_path / "s.jsonl").read_bytes()) == is_chained


@pytest.mark.parametrize("value", ["yes", 7, [], {}])
def test_a_value_of_the_setting_that_is_not_boolean_is_an_error(value: object, tmp_path: Path) -> None:
    settings = DestinationSettings(provider="json-lines", properties={"tamperEvident": value})
    with pytest.raises(DestinationError, match=r"tamperEvident.*it must be true or false"):
        make_destination(settings, server_name="s", directory=tmp_path)
