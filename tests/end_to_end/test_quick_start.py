"""The quick start: run without a document, add a file, look at the catalogue."""

import json
import os
import signal
from pathlib import Path

from tests.end_to_end.program import command, running


def test_files_in_the_landing_area_are_catalogued(tmp_path: Path) -> None:
    (tmp_path / "landing-area" / "deep").mkdir(parents=True)
    (tmp_path / "landing-area" / "patients.csv").write_text("a,b\n")
    (tmp_path / "landing-area" / "deep" / "line\nbreak.json").write_text("{}")
    with running(tmp_path) as program:
        program.command("refresh")
        shown = program.command("status")
        assert "LandingAreaFilesMonitor" in shown.stdout
        assert "WAITING" in shown.stdout
        (connector,) = json.loads(program.command("status", "--json").stdout)
        detail = program.command("status", connector["connectorName"]).stdout
        assert all(word in detail for word in ("lastSuccess", "nextDue", "incarnation", "lane"))
        assert json.loads(program.command("status", "--state", "FAILED", "--json").stdout) == []
        assert "'FAILD' is none of" in program.command("status", "--state", "FAILD").stderr
        assert connector["state"] == "WAITING"

        elements = json.loads(program.command("elements", "--type", "DataFile", "--json").stdout)
        found = {each["properties"]["fileName"]: each["typeName"] for each in elements}
        assert found == {"patients.csv": "CSVFile", "line\nbreak.json": "JSONFile"}
        table = program.command("elements", "--name", "*break*").stdout
        assert "line\\nbreak.json" in table

        (tmp_path / "landing-area" / "patients.csv").unlink()
        assert "refreshed" in program.command("refresh", "--connector", "LandingAreaFilesMonitor").stdout
        assert json.loads(program.command("elements", "--type", "CSVFile", "--json").stdout) == []

        log = program.command("audit-log", "--severity", "Startup", "--limit", "500").stdout
        assert "OMAG-ADMIN-0004 The quickstart server has successfully completed start up" in log
        assert "Information" not in log
        assert program.end() == 0
    assert (tmp_path / "data").is_dir()


def test_failing_commands_print_one_line(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        for arguments, line in (
            (
                ("refresh", "--connector", "nobody"),
                "INTEGRATION-DAEMON-SERVICES-400-031 The integration connector nobody",
            ),
            (("restart", "--service", "nothing"), "INTEGRATION-DAEMON-SERVICES-400-030"),
            (("status", "--server", "nobody"), "OMAG-MULTI-TENANT-404-001 The OMAG Server nobody is not available"),
            (("elements", "--type", "Nonsense"), "Nonsense is not an open metadata type"),
        ):
            result = program.command(*arguments)
            assert result.returncode == 1
            assert line in result.stderr
            assert len(result.stderr.splitlines()) == 1
            assert result.stdout == ""


def test_commands_report_that_no_daemon_is_running() -> None:
    result = command("status", "--url", "http://127.0.0.1:9")
    assert result.returncode == 1
    assert "no answer from http://127.0.0.1:9" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_usage_error_has_its_own_exit_status() -> None:
    assert command("frobnicate").returncode == 2
    assert command("status", "--nonsense").returncode == 2
    assert command("run", "--port", "many").returncode == 2
    assert "services takes no argument 'extra'" in command("services", "extra").stderr


def test_a_second_daemon_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        second = command("run", "--port", "0", cwd=tmp_path)
        assert second.returncode == 1
        assert "data directory data is in use by another integration daemon" in second.stderr
        assert program.command("status").returncode == 0


def test_interrupt_stops_the_daemon_like_terminate(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(30) == 0
        program.end()
        assert any(
            "OMAG-ADMIN-0006 The quickstart server has completed its shutdown" in each for each in program.output
        )


def test_the_daemon_continues_after_a_sudden_end(tmp_path: Path) -> None:
    landing = tmp_path / "landing-area"
    for number in range(40):
        (landing / f"folder {number}").mkdir(parents=True)
        for each in range(250):
            (landing / f"folder {number}" / f"{each}.csv").touch()
    with running(tmp_path) as program:
        os.kill(program.process.pid, signal.SIGKILL)  # in the middle of the first scan
        program.process.wait(30)
        program.end()
    with running(tmp_path) as program:
        program.command("refresh")
        elements = json.loads(program.command("elements", "--type", "CSVFile", "--json").stdout)
        assert len({each["properties"]["pathName"] for each in elements}) == len(elements) == 10_000
        assert {each["status"] for each in elements} == {"ACTIVE"}


def test_services_and_connectors_list_their_settings() -> None:
    services = json.loads(command("services", "--json").stdout)
    assert [each["urlMarker"] for each in services][:2] == ["files-integrator", "security-integrator"]
    assert "Files Integrator OMIS" in command("services").stdout
    connectors = json.loads(command("connectors", "--json").stdout)
    assert {"data-files-monitor", "data-folder-monitor", "database-monitor"} < {each["name"] for each in connectors}
    assert "data-files-monitor" in command("connectors").stdout
    shown = command("connectors", "data-files-monitor").stdout
    assert "allowCatalogDelete" in shown
    assert "DataFilesMonitorIntegrationProvider" in shown


def test_audit_log_explains_a_message() -> None:
    explained = command("audit-log", "--explain", "INTEGRATION-DAEMON-SERVICES-0031")
    assert "FAILED status" in explained.stdout
    assert command("audit-log", "--explain", "NOTHING-0001").returncode == 1


def test_the_starter_document_runs(tmp_path: Path) -> None:
    assert command("init", str(tmp_path)).returncode == 0
    assert command("init", str(tmp_path)).returncode == 1  # nothing is overwritten
    assert command("check", str(tmp_path / "integration-daemon.yaml")).returncode == 0
    (tmp_path / "landing-area" / "a.csv").touch()
    with running(tmp_path, "integration-daemon.yaml") as program:
        program.command("refresh")
        elements = json.loads(program.command("elements", "--type", "CSVFile", "--json").stdout)
        assert len(elements) == 1
    (log,) = (tmp_path / "data" / "servers" / "quickstart" / "logs").glob("*.jsonl")
    assert "OMAG-ADMIN-0006" in log.read_text()
