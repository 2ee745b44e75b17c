"""A command that cannot be carried out suggests in one line what to type instead."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.connectors import document_of
from tests.end_to_end.program import PATIENCE, PROGRAM, Certificates, Running, command, running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("many")
    with running(directory, document_of(directory, 30)) as program:
        yield program


def line_of(result: subprocess.CompletedProcess[str], status: int) -> str:
    (line,) = result.stderr.splitlines()
    assert line.startswith("integration-daemon: ")
    assert (result.returncode, result.stdout) == (status, "")
    return line


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("foo", "such as http://foo:9443"),
        ("127.0.0.1:8080", "such as http://127.0.0.1:8080"),
        ("9444", "such as http://localhost:9444"),
        (":9444/", "such as http://localhost:9444"),
        ("ftp://host:21/x", "such as http://host:21"),
        ("http://", "such as http://localhost:9443"),
        ("me:tell-nobody@host", "such as http://host:9443"),
        ("http://host?token=tell-nobody", "such as http://host:9443"),
        ("http://host:port", "its port is a number up to 65535"),
        ("http://me:tell-nobody@host:x", "its port is a number up to 65535"),
        ("http://host:65536", "its port is a number up to 65535"),
        ("http://[::1", "http://HOST:PORT"),
        ("http://me:tell-nobody@host", "leave the user and the password out"),
    ],
)
def test_an_invalid_address_is_reported_with_a_correction(url: str, instead: str) -> None:
    line = line_of(command("status", "--url", url), 2)
    assert line.startswith("integration-daemon: --url: ")
    assert instead in line
    assert "tell-nobody" not in line


def test_an_invalid_address_from_the_environment_names_the_variable() -> None:
    result = subprocess.run(
        [*PROGRAM, "status"],
        env={**os.environ, "INTEGRATION_DAEMON_URL": "foo"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "INTEGRATION_DAEMON_URL: the address of a platform has the form" in line_of(result, 2)


def test_a_wrong_scheme_is_reported_with_the_right_one(program: Running, tmp_path: Path) -> None:
    https = program.url.replace("http://", "https://")
    assert f"try --url {program.url}" in line_of(command("status", "--url", https), 1)

    certificates = Certificates(tmp_path / "tls")
    with running(tmp_path / "run", *certificates.options, ca=certificates.ca) as encrypted:
        http = encrypted.url.replace("https://", "http://")
        assert f"try --url {encrypted.url}" in line_of(command("status", "--url", http), 1)
        assert "--ca-bundle FILE" in line_of(command("status", "--url", encrypted.url), 1)
        assert encrypted.command("status").returncode == 0


def test_an_unknown_server_is_answered_with_the_names_of_the_servers(program: Running) -> None:
    for arguments in (("status",), ("refresh",), ("elements",)):
        line = line_of(program.command(*arguments, "--server", "bogus"), 1)
        assert f"The servers at {program.url} are: many." in line


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("LandingAreaFileMonitor00012", "Did you mean LandingAreaFilesMonitor00012"),
        ("landingareafilesmonitor00007", "Did you mean LandingAreaFilesMonitor00007"),
        ("00021", "Did you mean LandingAreaFilesMonitor00021?"),
        ("zzz", "None of the 30 connectors has a name like it."),
    ],
)
def test_an_unknown_connector_is_answered_with_similar_names(program: Running, given: str, instead: str) -> None:
    assert instead in line_of(program.command("status", given), 1)


@pytest.mark.parametrize(
    "arguments",
    ["refresh --connector", "restart --connector", "refresh --dry-run --connector", "stop", "deletions reject"],
)
def test_every_command_on_a_connector_suggests_similar_names(program: Running, arguments: str) -> None:
    line = line_of(program.command(*arguments.split(), "LandingAreaFileMonitor00012"), 1)
    assert "Did you mean LandingAreaFilesMonitor00012" in line


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        (("statuss",), 'Did you mean "status"?'),
        (("status", "--nonsense"), "Unknown option: --nonsense. See: integration-daemon status --help"),
        (("pause",), "See: integration-daemon pause --help"),
        (("run", "--port", "many"), 'Invalid value for --port: unable to convert "many" into int.'),
        (("elements", "--limit", "-3"), 'Invalid value "-3" for --limit. Must be >= 0.'),
        (("audit-log", "--limit", "-3"), 'Invalid value "-3" for --limit. Must be >= 1.'),
        (("status", "--watch", "--json"), "give one of them"),
    ],
)
def test_a_usage_error_suggests_a_correction(arguments: tuple[str, ...], instead: str) -> None:
    assert instead in line_of(command(*arguments), 2)
