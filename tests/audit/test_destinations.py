"""Destinations that write files, and the creation of destinations from settings."""

import json
import os
import resource
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit.batch import RecordBatch
from audit.destination import (
    ALL_SEVERITIES,
    DEFAULT_CONSOLE_SEVERITIES,
    Destination,
    DestinationError,
    DestinationSettings,
    check_destination,
    make_destination,
)
from audit.destinations.appending import append
from audit.destinations.console import ConsoleDestination
from audit.destinations.json_lines import JsonLinesDestination
from audit.destinations.rotated_file import RotatedFile
from audit.destinations.text_file import TextFileDestination
from audit.log import AuditLog, Buffer, Component, Entry
from audit.record import Originator
from audit.severity import Severity
from integration_daemon.supervision.messages import DAEMON_STOPPED


def records(count: int) -> RecordBatch:
    log = AuditLog(Buffer(0), Component(component_id=1, component_name="test"))
    originator = Originator(server_name="exchangeDL01", server_type="Integration Daemon")
    entries = [Entry(1612299470.647, log, DAEMON_STOPPED, {"daemon": f"d{number}"}, None) for number in range(count)]
    return RecordBatch(entries, originator)


def test_json_lines_have_the_ecosystems_fields(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "exchangeDL01.jsonl"
    JsonLinesDestination(RotatedFile(path), severities=ALL_SEVERITIES).write(records(1))

    record = json.loads(path.read_text())
    assert record["timeStamp"] == 1612299470647
    assert record["originatorProperties"] == {"serverName": "exchangeDL01", "serverType": "Integration Daemon"}
    assert record["originatorComponent"]["componentName"] == "test"
    assert (record["severityCode"], record["severity"]) == (9, "Shutdown")
    assert (record["messageId"], record["messageParameters"]) == ("INTEGRATION-DAEMON-SERVICES-0026", ["d0"])
    assert "exceptionClassName" not in record


def test_json_lines_keep_invisible_characters_as_escapes(tmp_path: Path) -> None:
    path, name = tmp_path / "s.jsonl", "é\u202ecod.exe\U000e0041\u2069"
    batch = records(1)
    batch.entries[0].parameters["daemon"] = name
    JsonLinesDestination(RotatedFile(path), severities=ALL_SEVERITIES).write(batch)

    text = path.read_text()
    assert json.loads(text)["messageParameters"] == [name]
    assert "é\\u202ecod.exe\\udb40\\udc41\\u2069" in text
    assert text.rstrip("\n").isprintable()


def test_servers_that_write_to_the_same_file_lose_nothing_when_it_is_rotated(tmp_path: Path) -> None:
    def write(server: int) -> None:
        file = RotatedFile(tmp_path / "exchangeDL01.log", max_bytes=1_000, keep=1_000)
        for number in range(200):
            file.append(b"%d/%d %s\n" % (server, number, b"x" * 90))

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(write, range(4)))
    lines = [line for path in tmp_path.iterdir() for line in path.read_bytes().splitlines()]
    assert len(list(tmp_path.iterdir())) > 1
    assert len(set(lines)) == len(lines) == 4 * 200


@pytest.mark.parametrize("made", [JsonLinesDestination, TextFileDestination])
def test_full_files_are_rotated_and_old_ones_deleted(made: Callable[..., Destination], tmp_path: Path) -> None:
    destination = made(RotatedFile(tmp_path / "log", max_bytes=2_000, keep=2), severities=ALL_SEVERITIES)
    for _ in range(40):
        destination.write(records(2))

    assert sorted(each.name for each in tmp_path.iterdir()) == ["log", "log.1"]
    assert all(each.stat().st_size <= 2_000 for each in tmp_path.iterdir())


def test_a_file_that_was_moved_away_is_created_again(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    destination = JsonLinesDestination(RotatedFile(path), severities=ALL_SEVERITIES)
    destination.write(records(1))
    path.rename(tmp_path / "elsewhere")
    destination.write(records(3))

    assert len(path.read_text().splitlines()) == 3


def test_a_failed_append_leaves_the_file_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))  # of seven bytes more, three can be written
    try:
        with pytest.raises(OSError, match="File too large"):
            append(path, b"x" * 7)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"before\n"


def link(path: Path, target: Path) -> None:
    path.symlink_to(target)


def pipe(path: Path, target: Path) -> None:
    os.mkfifo(path)


def device(path: Path, target: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("made", [link, pipe, device])
def test_only_regular_files_are_appended_to(made: Callable[[Path, Path], None], tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "log"
    target.write_text("of somebody else")
    made(path, target)
    with pytest.raises(OSError, match="log"):
        append(path, b"x")
    assert target.read_text() == "of somebody else"


def test_a_pipe_with_a_reader_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    reader = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="log is not a regular file"):
        append(tmp_path / "log", b"x")
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_only_the_user_can_read_a_new_file_and_its_directory(tmp_path: Path) -> None:
    append(tmp_path / "logs" / "log", b"x")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs", tmp_path / "logs" / "log")]
    assert modes == [0o700, 0o600]


def test_destinations_are_found_by_our_names_and_by_egerias(tmp_path: Path) -> None:
    package = "org.odpi.openmetadata.adapters.repositoryservices.auditlogstore."
    console = make_destination(
        DestinationSettings(provider=package + "console.ConsoleAuditLogStoreProvider"),
        server_name="s",
        directory=tmp_path,
    )
    file = make_destination(
        DestinationSettings(provider="file", address="a/b.log", supported_severities=["Error", "exception"]),
        server_name="s",
        directory=tmp_path,
    )

    assert isinstance(console, ConsoleDestination)
    assert console.severities == DEFAULT_CONSOLE_SEVERITIES
    assert file.severities == {Severity.ERROR, Severity.EXCEPTION}
    file.write(records(1))
    assert "INTEGRATION-DAEMON-SERVICES-0026" in (tmp_path / "a" / "b.log").read_text()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            DestinationSettings(provider="kafka"),
            "There is no audit log destination kafka; the known destinations are console",
        ),
        (DestinationSettings(provider="console", supported_severities=["Eror"]), "'Eror' is not a severity"),
    ],
)
def test_an_unknown_setting_is_named_in_the_error(settings: DestinationSettings, problem: str, tmp_path: Path) -> None:
    with pytest.raises(DestinationError, match=problem):
        make_destination(settings, server_name="s", directory=tmp_path)


def test_a_destination_is_found_once_its_package_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    settings = DestinationSettings(provider="late-destination")
    with pytest.raises(DestinationError, match="late-destination"):
        check_destination(settings)
    described = tmp_path / "installed_late-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: installed-late\nVersion: 1\n")
    (described / "entry_points.txt").write_text(
        "[integration_daemon.audit_destinations]\nlate-destination = audit.destinations.console:ConsoleDestination\n"
    )
    point, _ = check_destination(settings)
    assert point.load() is ConsoleDestination
    monkeypatch.undo()
    with pytest.raises(DestinationError) as raised:
        check_destination(DestinationSettings(provider="unknown"))
    assert "late-destination" not in str(raised.value)
