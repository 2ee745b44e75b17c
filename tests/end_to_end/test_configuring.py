"""A server is configured from nothing with the command line, and survives the end of the process."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import PATIENCE, Running, running

SERVER = ("--server", "exchangeDL01")


def done(program: Running, *arguments: str) -> str:
    """The output of a command that succeeds."""
    result = program.command("config", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(program: Running, *arguments: str) -> str:
    """The error of a command that fails."""
    result = program.command("config", *arguments)
    assert result.returncode != 0, result.stdout
    return result.stderr


@pytest.mark.timeout(400)
def test_a_server_is_configured_from_nothing_and_started_with_the_next_process(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "one.csv").touch()
    with running(tmp_path, "--stored") as program:
        assert "version 1 is stored" in done(program, "set", "local-server-type", "Integration Daemon", *SERVER)
        done(program, "audit-destination", "add", "files", "--severity", "Error")
        one = ("connector", "set", "Landing", "--class", "data-files-monitor", "--address", "~{landing}~")
        done(program, *one, "--interval", "60", "--source", "landing")
        assert "landing is not set" in refused(program, "start")
        done(program, "placeholder", "set", "landing", str(tmp_path / "landing"))
        assert "Files Integrator OMIS" in done(program, "start")
        said = done(program, "connector", "set", "Landing", "--setting", "allowCatalogDelete=true")
        assert "version 3 is in effect; to apply it now: integration-daemon reload" in said
        done(program, "set", "localServerType", "Integration Daemon", "--server", "incomplete")
        program.process.send_signal(signal.SIGKILL)
        program.process.wait(PATIENCE)
    with running(tmp_path, "--stored") as program:
        assert any("OMAG-ADMIN-0028" in line and "incomplete" in line for line in [*program.output, *program.errors])
        program.command("refresh", *SERVER)
        assert "one.csv" in program.command("elements", "--type", "DataFile", *SERVER).stdout
        shown = json.loads(done(program, "connector", "show", "Landing", *SERVER))
        assert shown["connection"]["endpoint"]["address"] == "~{landing}~"
        assert shown["connection"]["configurationProperties"] == {"allowCatalogDelete": True}
        document = json.loads(done(program, "show", *SERVER))
        assert [*document["repositoryServicesConfig"]["auditLogConnections"][0]] == [
            "connectorType", "configurationProperties",
        ]  # fmt: skip
        assert "the server is running" in refused(program, "delete", *SERVER)
        done(program, "stop", *SERVER)
        done(program, "delete", *SERVER)
        assert "exchangeDL01" not in str(program.get("/open-metadata/platform-services/server-platform/servers"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("configured")) as program:
        yield program


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "organisationName", "x"), "Did you mean organizationName"),
        (("connector", "set", "x", "--class", "data-file-monitor"), "Did you mean data-files-monitor"),
        (("connector", "show", "landing-area"), "The connectors are:"),
        (("service", "set", "file-integrator"), "files-integrator"),
        (("service", "remove", "database-integrator"), "it has: files-integrator"),
        (("service", "remove", ".."), "files-integrator"),
        (("audit-destination", "add", "consol"), "console"),
        (("audit-destination", "remove", "console"), "has no audit log destination called console"),
        (("placeholder", "remove", "x"), "There are no variables"),
        (("set", "maxPageSize", "many"), "$.maxPageSize"),
        (("connector", "set", "x"), "--class"),
        (("connector", "set", "x", "--class", "data-files-monitor", "--setting", "x"), "NAME=VALUE"),
    ],
)
def test_a_wrong_name_or_value_is_told_with_the_right_ones(
    program: Running, arguments: tuple[str, ...], told: str
) -> None:
    assert told in refused(program, *arguments)


def test_lists_are_tables_or_json(program: Running) -> None:
    for what in ("service", "connector", "audit-destination", "placeholder"):
        assert done(program, what, "list")
        json.loads(done(program, what, "list", "--json"))
    name = json.loads(done(program, "connector", "list", "--json"))[0]["connectorName"]
    version = json.loads(done(program, "connector", "set", name, "--interval", "7", "--json"))
    assert version["version"] == version["inEffect"] + 1
    assert "no change; version" in done(program, "connector", "set", name, "--interval", "7")
    assert "stored" in done(program, "service", "set", "database-integrator")


def test_a_name_of_dots_is_a_name_and_no_other_path(program: Running) -> None:
    others = {each["connectorName"] for each in json.loads(done(program, "connector", "list", "--json"))}
    done(program, "connector", "set", "..", "--class", "data-files-monitor", "--address", "landing-area")
    named = {each["connectorName"] for each in json.loads(done(program, "connector", "list", "--json"))}
    assert named == {*others, ".."}
    done(program, "connector", "remove", "..")
    done(program, "placeholder", "set", "kept", "x")
    done(program, "placeholder", "set", ".", "y")
    done(program, "placeholder", "remove", ".")
    assert json.loads(done(program, "placeholder", "list", "--json")) == {"kept": "x"}
    done(program, "placeholder", "remove", "kept")
