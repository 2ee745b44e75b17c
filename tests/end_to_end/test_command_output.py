"""The output of commands: in a terminal, through a pipe, and for an empty result."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docs.generate.connectors import our_connectors
from integration_daemon.cli.overview import FEW
from tests.end_to_end.connectors import document_of
from tests.end_to_end.program import PATIENCE, PROGRAM, Running, command, running
from tests.end_to_end.terminal import LINES, InTerminal, shown_in_terminal, terminal

MANY = FEW + 60
FAILING = FEW + 2


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("small")
    with running(directory, document_of(directory, 3, failing=1)) as program:
        (directory / "landing-area-1" / "weekly measurements.csv").touch()
        program.command("refresh")
        yield program


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("large")
    with running(directory, document_of(directory, MANY, failing=FAILING)) as program:
        program.command("refresh")
        yield program


@pytest.fixture(autouse=True)
def _can_be_interrupted() -> Iterator[None]:
    """A child of a background job ignores Ctrl-C, unless its parent does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def words(text: str) -> set[str]:
    return set(re.split(r"[\s│┃]+", text))


@pytest.mark.parametrize("columns", [80, 120])
def test_tables_fit_the_terminal_without_breaking_words(small: Running, columns: int) -> None:
    name = "LandingAreaFilesMonitor00001"
    where = " ".join(small.options)
    shown = {
        each: shown_in_terminal(*each.split(), columns=columns)
        for each in (
            f"status {where}",
            f"status {name} {where}",
            f"elements --type DataFile {where}",
            "services",
            "connectors",
            "connectors database-monitor",
        )
    }
    for text in shown.values():
        tables = [line for line in text.splitlines() if line and line[0] in "│┃┏┡└"]
        assert tables
        assert max(len(line) for line in tables) <= columns
    overview, detail, elements, services, connectors, settings = shown.values()
    assert {name, "WAITING", "FAILED", "HEALTHY", "DEGRADED"} <= words(overview)
    assert {"seconds", "created", "lastSuccess"} <= words(detail)
    assert {"CSVFile", "measurements.csv"} <= {word.rpartition("/")[2] for word in words(elements)}
    assert {"organization-integrator", "Organization", "collaboration"} <= words(services)
    assert {"database-monitor", "scim-receiver", "Catalogues"} <= words(connectors)
    assert {"statementTimeoutSeconds", "database-integrator"} <= words(settings)


def test_empty_columns_are_left_out(small: Running) -> None:
    overview = small.command("status").stdout
    assert "progress" not in overview
    assert "restarts" not in overview
    refreshes = small.command("status", "LandingAreaFilesMonitor00001").stdout.partition("last attempts")[2]
    assert "seen" in refreshes
    assert "rejected" not in refreshes


def test_a_pipe_gets_one_line_for_each_row_unless_columns_is_set(small: Running) -> None:
    (failed,) = [line for line in small.command("status").stdout.splitlines() if "CONFIGURATION" in line]
    assert failed.startswith("LandingAreaFilesMonitor00000: CONFIGURATION: ")
    assert "restart the connector" in failed
    narrow = subprocess.run(
        [*PROGRAM, "status", *small.options],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert max(len(line) for line in narrow.stdout.splitlines()) <= 80


def test_many_connectors_are_counted_and_only_unhealthy_ones_are_listed(large: Running) -> None:
    title, conditions, states, cause, *rows = large.command("status").stdout.splitlines()
    assert title == f"many at {large.url}: {MANY} connectors"
    assert conditions == f"condition: {FAILING} DEGRADED, {MANY - FAILING} HEALTHY"
    assert states == f"state:     {FAILING} FAILED, {MANY - FAILING} WAITING"
    assert cause.startswith(f"LandingAreaFilesMonitor00000 and {FAILING - 1} more: CONFIGURATION: ")
    assert len([each for each in rows if re.match(r"│ LandingAreaFilesMonitor\d+ +│ FAILED", each)]) == FEW
    assert not any("│ WAITING" in each for each in rows)
    more = f"and {FAILING - FEW} more that are unhealthy; --condition DEGRADED lists them, --all lists every connector"
    assert rows[-1] == more

    assert len(re.findall(r"│ LandingAreaFilesMonitor\d+ ", large.command("status", "--all").stdout)) == MANY
    well = large.command("status", "--state", "WAITING").stdout
    assert len(re.findall(r"│ LandingAreaFilesMonitor\d+ +│ WAITING", well)) == FEW
    assert well.splitlines()[-1] == f"and {MANY - FAILING - FEW} more that match; --all lists them"


def test_failed_connectors_are_listed_first(small: Running) -> None:
    everything = json.loads(small.command("status", "--json").stdout)
    assert [each["state"] for each in everything] == ["FAILED", "WAITING", "WAITING"]
    listed = re.findall(r"│ (LandingAreaFilesMonitor\d+) +│ (\w+)", small.command("status").stdout)
    assert listed[0] == ("LandingAreaFilesMonitor00000", "FAILED")


def test_the_overview_fits_a_terminal(large: Running) -> None:
    shown = shown_in_terminal("status", *large.options, columns=80).splitlines()
    assert len(shown) < LINES
    assert max(len(line) for line in shown) <= 80
    assert "more that are unhealthy" in shown[-2]


def test_the_outcome_of_an_operation_is_told_to_programs(small: Running) -> None:
    for operation in ("stop", "resume"):
        done = small.command(operation, "LandingAreaFilesMonitor00002", "--json")
        outcome = json.loads(done.stdout)
        assert (done.returncode, outcome["operation"], outcome["done"]) == (0, operation, 1)
    failed = small.command("refresh", "LandingAreaFilesMonitor00000", "--json")
    assert (failed.returncode, json.loads(failed.stdout)["notDone"][0]["state"]) == (1, "FAILED")


SLOW = """\
from pathlib import Path

import trio

from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider


class Slow(FilesIntegratorConnector):
    provider = ConnectorProvider(description="Waits for a file.")

    async def refresh(self) -> None:
        while not await trio.Path("go").exists():
            await trio.sleep(0.01)
"""


@contextmanager
def running_slow(directory: Path) -> Iterator[Running]:
    """A program with one connector, whose refresh lasts until there is a file `go`."""
    (directory / "slow.py").write_text(SLOW)
    document = json.loads((directory / document_of(directory, 1)).read_text())
    (connector,) = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connector["connection"]["connectorType"]["connectorProviderClassName"] = "slow:Slow"
    (directory / "document.json").write_text(json.dumps(document))
    with running(directory, "document.json", python_path=directory) as program:
        yield program


def test_a_terminal_shows_how_far_an_operation_is(tmp_path: Path) -> None:
    with running_slow(tmp_path) as program:
        with terminal("refresh", *program.options, columns=80) as refreshing:
            refreshing.read_until(lambda shown: "refresh: 0 of 1, LandingAreaFilesMonitor00000 REFRESHING" in shown)
            assert refreshing.interrupt() == 130, refreshing.shown
            assert "the refresh continues" in refreshing.shown
        with terminal("refresh", *program.options, columns=80) as refreshing:
            refreshing.read_until(lambda shown: "refresh: 0 of 1" in shown)
            (tmp_path / "go").touch()
            assert refreshing.end() == 0
            assert "connectors: 1 of 1 refreshed" in refreshing.shown


def test_operations_are_listed_the_newest_first_and_can_be_cancelled(tmp_path: Path) -> None:
    name, go = "LandingAreaFilesMonitor00000", tmp_path / "go"
    go.touch()
    with running_slow(tmp_path) as program:
        assert "no operations since the daemon was started" in program.command("operations").stdout
        assert program.command("pause", name).returncode == program.command("resume", name).returncode == 0
        go.unlink()
        begun = program.post("/api/v1/connectors/restart?waitSeconds=0")
        listed = shown_in_terminal("operations", "--limit", "2", *program.options, columns=80)
        assert max(map(len, listed.splitlines())) <= 80
        rows = [line.split() for line in listed.splitlines() if line.startswith("│ ") and line[2] != " "]
        newest, before = ([cell for cell in row if cell != "│"][1:] for row in rows)
        assert rows[0][1] == begun["operationId"]
        assert (newest[:3], before[:3]) == (["restart", name, "RUNNING"], ["resume", name, "DONE"])
        assert "and 1 older operation; --limit shows more" in listed
        cancelled = program.command("operations", "cancel", begun["operationId"])
        assert cancelled.stdout == "restart cancelled: 0 of 1 done, 1 cancelled\n"
        again = program.command("operations", "cancel", begun["operationId"])
        assert (again.returncode, "has ended" in again.stderr) == (1, True)
        unknown = program.command("operations", "cancel", "nonsense")
        assert (unknown.returncode, "Use the identifier of an operation" in unknown.stderr) == (1, True)
        (newest, *_, oldest) = json.loads(program.command("operations", "--json").stdout)
        assert (newest["state"], newest["cancelledBy"], oldest["outcome"]["operation"]) == (
            "CANCELLED",
            "operator",
            "pause",
        )


def test_watching_through_a_pipe_prints_a_line_for_each_change(small: Running) -> None:
    watching = subprocess.Popen(
        [*PROGRAM, "status", "--watch", *small.options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        lines = iter(watching.stdout.readline, "")
        assert next(lines) == f"many at {small.url}: 3 connectors\n"
        assert any(line.startswith("└") for line in lines)
        small.command("pause", "LandingAreaFilesMonitor00001")
        for line in lines:
            assert re.fullmatch(r"[\d-]+ [\d:]+ LandingAreaFilesMonitor00001 \w+ \w+\n", line)
            if "PAUSED" in line:
                break
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE) == 130
        assert watching.stderr.read() == ""
    small.command("resume", "LandingAreaFilesMonitor00001")


def test_records_are_followed_by_programs_line_by_line(small: Running) -> None:
    follow = [*PROGRAM, "audit-log", "--follow", "--json", "--limit", "1", *small.options]
    with subprocess.Popen(follow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["messageId"]
        following.send_signal(signal.SIGINT)
        assert following.wait(PATIENCE) == 130


def test_watching_goes_on_while_the_daemon_does_not_answer(tmp_path: Path) -> None:
    with running(tmp_path, document_of(tmp_path, 1)) as program:
        watching = InTerminal("status", "--watch", *program.options, columns=80)
        watching.read_until(lambda shown: "1 HEALTHY" in shown)
    try:
        watching.read_until(lambda shown: "trying again" in shown)
        assert watching.interrupt() == 130
    finally:
        watching.close()


def test_watching_in_a_terminal_continues_until_interrupted(small: Running) -> None:
    with terminal("status", "--watch", *small.options, columns=80) as watching:
        watching.read_until(lambda shown: shown.count("LandingAreaFilesMonitor00002") >= 2)
        assert watching.interrupt() == 130


@pytest.mark.parametrize(
    "arguments", ["connectors", "services --json", "status", "status --watch", "audit-log", "--help"]
)
def test_a_command_ends_quietly_when_its_reader_has_gone(small: Running, arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    url = [*small.options] if arguments.startswith(("status", "audit")) else []
    try:
        ended = subprocess.run(
            [*PROGRAM, *arguments.split(), *url],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode == 141  # the status that a shell reports for SIGPIPE


@pytest.mark.parametrize("arguments", ["services", "services --json"])
def test_output_that_cannot_be_written_is_reported_in_one_line(arguments: str) -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*PROGRAM, *arguments.split()],
            env=buffered,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    (line,) = ended.stderr.splitlines()
    assert "No space left on device" in line
    assert ended.returncode == 1


def test_an_empty_result_is_stated_with_a_suggestion(small: Running) -> None:
    for arguments, words_of_it in (
        (
            ("status", "--state", "STOPPED"),
            "no connectors match the options",
        ),
        (("elements", "--name", "nothing"), "no elements match the options"),
        (("audit-log", "--connector", "nobody"), "no records match the options"),
        (("deletions", "list"), "no deletions wait for a decision"),
    ):
        shown = small.command(*arguments)
        assert words_of_it in shown.stdout
        assert "┃" not in shown.stdout
        assert shown.returncode == 0


def test_a_daemon_without_connectors_says_how_to_add_some(tmp_path: Path) -> None:
    with running(tmp_path, document_of(tmp_path, 0)) as program:
        assert "no connectors: add some to the configuration document" in program.command("status").stdout
    assert "no answer from" in command("status", *program.options).stderr


def test_each_connector_has_one_line_of_a_terminal() -> None:
    lines = command("connectors").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    for each in our_connectors():
        (line,) = (line for line in lines if line.startswith(f"│ {each.name} "))
        assert each.connector_class.provider.description in line


def test_one_connector_is_shown_with_what_it_needs() -> None:
    done = command("connectors", "ranger-tags")
    assert "required rights" in done.stdout
    assert "serviceName" in done.stdout
    assert "opa-bundle" not in done.stdout
    by_java_name = (
        "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider"
    )
    assert command("connectors", by_java_name).stdout.startswith("data-files-monitor\n")

    done = command("connectors", "ranger-tag")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no connector ranger-tag. Did you mean ranger-tags" in done.stderr
