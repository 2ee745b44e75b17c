"""Commands on connectors report the true outcome, with exit status 1 if an operation was not carried out."""

import json
from pathlib import Path

from tests.end_to_end.program import Running, running
from tests.end_to_end.test_reload import PROVIDER, document


def waiting_document(*names: str) -> str:
    """Data files monitors that wait for their directories."""
    described = json.loads(document(*names))
    for config in described["integrationServicesConfig"][0]["integrationConnectorConfigs"]:
        config["connection"]["configurationProperties"] = {"waitForDirectory": True}
        config["metadataSourceQualifiedName"] = config["connectorName"]
    return json.dumps(described)


def told(program: Running, *arguments: str) -> tuple[int, str]:
    """The exit status of a command and its whole output, with wrapped lines joined."""
    done = program.command(*arguments)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_refresh_and_restart_report_the_outcome_of_each_connector(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "daemon.json").write_text(document("good", "bad"))
    with running(tmp_path, "daemon.json") as program:
        assert told(program, "refresh", "good") == (0, "good: refreshed")
        assert told(program, "refresh", "--connector", "good") == (0, "good: refreshed")
        status, text = told(program, "refresh", "--connector", "bad")
        assert (status, "not called until it is restarted" in text, "does not exist" in text) == (1, True, True)
        for arguments in (("restart", "bad"), ("resume", "bad"), ("pause", "bad")):
            status, text = told(program, *arguments)
            assert (status, f"{arguments[0]} failed" in text, "Create the directory" in text) == (1, True, True)
        assert told(program, "stop", "bad") == (0, "bad: stopped")
        status, text = told(program, "refresh")
        assert (status, "1 of 2 refreshed, 1 paused or stopped by an operator" in text) == (0, True)
        status, text = told(program, "resume", "bad")
        assert (status, "does not exist" in text) == (1, True)
        status, text = told(program, "restart")
        assert (status, "1 of 2 restarted, 1 failed" in text, "bad: restart failed" in text) == (1, True, True)

        (tmp_path / "bad").mkdir()
        assert told(program, "restart", "--service", "files-integrator")[0] == 0
        for what, done in (("pause", "paused"), ("resume", "resumed"), ("stop", "stopped")):
            assert told(program, what, "bad") == (0, f"bad: {done}")
        status, text = told(program, "refresh", "--connector", "bad")
        assert (status, "its target state is STOPPED" in text) == (1, True)

        (tmp_path / "daemon.json").write_text(document("good", "nowhere"))
        status, text = told(program, "reload")
        assert (status, "nowhere has failed" in text, "added: nowhere" in text) == (1, True, True)


def test_an_operation_on_one_connector_that_cannot_run_is_a_conflict(tmp_path: Path) -> None:
    (tmp_path / "daemon.json").write_text(document("bad"))
    with running(tmp_path, "daemon.json") as program:
        compatible = "/servers/exchangeDL01/open-metadata/integration-daemon/users/x/integration-connectors"
        assert program.post(compatible + "/refresh", {"name": "bad"})["relatedHTTPCode"] == 200
        assert program.post(compatible + "/restart", {"name": "bad"})["relatedHTTPCode"] == 200
        refused = program.post("/api/v1/connectors/bad/refresh")
        assert (refused["status"], refused["messageId"]) == (409, "INTEGRATION-DAEMON-SERVICES-409-003")
        restarted = program.post("/api/v1/connectors/bad/restart")
        assert (restarted["state"], restarted["outcome"]["failed"]) == ("FAILED", 1)
        assert restarted["outcome"]["notDone"][0]["userAction"].startswith("Create the directory")
        assert program.post("/api/v1/connectors/refresh?service=files-integrator")["failed"] == 1
        assert program.post("/api/v1/connectors/refresh?service=other")["status"] == 400


def test_a_refresh_of_a_missing_directory_does_not_count_as_a_success(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.csv").write_text("x")
    (tmp_path / "daemon.json").write_text(waiting_document("landing"))
    with running(tmp_path, "daemon.json") as program:
        assert told(program, "refresh", "--connector", "landing")[0] == 0
        (tmp_path / "landing").rename(tmp_path / "elsewhere")
        status, text = told(program, "refresh", "--connector", "landing")
        assert (status, "The directory landing does not exist" in text) == (1, True)
        seen = program.get("/api/v1/connectors/landing")
        assert seen["lastSuccess"] < seen["lastAttempt"]
        assert "does not exist" in seen["refreshProblem"]
        assert seen["recentRefreshes"][0]["failure"] == seen["refreshProblem"]
        assert "The directory landing does not exist" in told(program, "status")[1]
        assert program.command("elements", "--type", "DataFile").stdout.count("a.csv")

        (tmp_path / "elsewhere").rename(tmp_path / "landing")
        assert told(program, "refresh", "--connector", "landing") == (0, "landing: refreshed")
        assert "refreshProblem" not in program.get("/api/v1/connectors/landing")


def test_a_refresh_whose_elements_are_all_refused_does_not_count_as_a_success(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.csv").write_text("x")
    described = json.loads(waiting_document("owner", "other"))
    for config in described["integrationServicesConfig"][0]["integrationConnectorConfigs"]:
        config["connection"]["endpoint"]["address"] = "shared"
    (tmp_path / "daemon.json").write_text(json.dumps(described))
    with running(tmp_path, "daemon.json") as program:
        (refused,) = program.post("/api/v1/connectors/refresh")["notDone"]  # the connector that came second
        assert "already belongs to an element of" in refused["reason"]
        name = refused["connectorName"]
        status, text = told(program, "refresh", "--connector", name)
        assert (status, "all its 2 elements were refused" in text) == (1, True)
        assert "lastSuccess" not in program.get(f"/api/v1/connectors/{name}")
        assert "not catalogued: CSVFile::" in told(program, "status", name)[1]


def test_a_dry_run_lists_the_changes_it_would_make(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.csv").write_text("x")
    described = json.loads(document("a"))
    connection = described["integrationServicesConfig"][0]["integrationConnectorConfigs"][0]["connection"]
    assert connection["connectorType"]["connectorProviderClassName"] == PROVIDER
    connection["configurationProperties"] = {"watch": False}
    (tmp_path / "daemon.json").write_text(json.dumps(described))
    with running(tmp_path, "daemon.json") as program:
        program.command("refresh", "--connector", "a")
        (folder / "new.csv").write_text("x")
        (folder / "00.csv").write_text("longer")
        (folder / "01.csv").unlink()
        _, text = told(program, "refresh", "--dry-run", "--connector", "a")
        for line in (
            f"would be created: CSVFile::{folder}/new.csv",
            f"would be updated: CSVFile::{folder}/00.csv",
            f"would be removed: {folder}/01.csv",
        ):
            assert "".join(line.split()) in "".join(text.split())  # a long line is folded
        for path in folder.iterdir():
            path.unlink()
        _, text = told(program, "refresh", "--dry-run", "--connector", "a")
        text = "".join(text.split())
        assert f"wouldbehelduntilanoperatordecides:{folder}/00.csv" in text
        assert text.count("wouldbeheld") == 21
        assert "wouldbehelduntilanoperatordecides:40more" in text


def test_an_approval_that_cannot_be_carried_out_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.csv").write_text("x")
    (tmp_path / "daemon.json").write_text(document("a"))
    with running(tmp_path, "daemon.json") as program:
        program.command("refresh", "--connector", "a")
        for path in folder.iterdir():
            path.unlink()
        program.command("refresh", "--connector", "a")
        program.command("pause", "a")
        status, text = told(program, "deletions", "approve", "a")
        assert (status, "no elements are removed yet: its target state is PAUSED" in text) == (1, True)
        assert told(program, "resume", "a")[0] == 0
        assert program.get("/api/v1/deletions")["deletions"] == []
