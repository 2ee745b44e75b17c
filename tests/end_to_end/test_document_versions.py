"""Changes over REST survive a crash, until the file of the document changes; failed changes are rolled back."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.end_to_end.program import PATIENCE, Running, running
from tests.end_to_end.test_reload import document

CONNECTORS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/integration-connectors"

CONFIGURATION = "/open-metadata/admin-services/users/garygeeke/servers/exchangeDL01/instance/configuration"


def hows(program: Running) -> list[str]:
    answer = program.get("/api/v1/servers/exchangeDL01/documents")
    return [each["how"] for each in answer["versions"]]


def address(program: Running) -> str:
    """The address that the running connector has."""
    answer = program.get(CONFIGURATION)["omagserverConfig"]
    (connector,) = answer["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    return str(connector["connection"]["endpoint"]["address"])


def audited(program: Running, message_id: str) -> int:
    return len(program.get(f"/api/v1/servers/exchangeDL01/audit-log?messageId={message_id}")["records"])


def test_a_change_over_rest_survives_a_crash_until_the_file_changes(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    path = tmp_path / "daemon.json"
    path.write_text(document("a"))
    with running(tmp_path, "daemon.json") as program:
        program.post(f"{CONNECTORS}/a/endpoint-network-address", {"string": "b"})
        program.process.send_signal(signal.SIGKILL)
        program.process.wait(PATIENCE)
    with running(tmp_path, "daemon.json") as program:
        assert hows(program) == ["CHANGED", "STARTED"]
        assert audited(program, "OMAG-ADMIN-0023") == 1
        assert address(program) == "b"
        assert program.command("reload").returncode == 0  # the file has not changed
        assert hows(program) == ["CHANGED", "STARTED"]
        program.process.send_signal(signal.SIGKILL)
        program.process.wait(PATIENCE)
    path.write_text(document("a", maxPageSize=7))
    with running(tmp_path, "daemon.json") as program:
        assert hows(program) == ["STARTED", "CHANGED", "STARTED"]
        assert audited(program, "OMAG-ADMIN-0024") == 1
        assert address(program) == "a"

        assert "maxPageSize" in program.command("config", "diff", "2", "3").stdout
        assert program.command("config", "restore", "2").returncode == 0
        assert "RESTORED" in program.command("config", "versions").stdout
        assert '"address": "b"' in program.command("config", "show").stdout


def test_a_reload_that_fails_is_rolled_back_and_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "daemon.json"
    path.write_text(document("a"))
    with running(tmp_path, "daemon.json") as program:
        path.write_text(document("nowhere"))
        done = program.command("reload", "--rollback-after", "1s")
        assert done.returncode == 1
        assert "rolled back" in done.stderr
        assert hows(program) == ["ROLLED_BACK", "REREAD", "STARTED"]
    with running(tmp_path, "daemon.json") as program:  # the file is the same, and so is the decision
        assert address(program) == "a"
        assert hows(program)[0] == "ROLLED_BACK"
        assert program.command("reload", "--rollback-after", "soon").returncode == 2


def test_a_reload_that_fails_and_is_not_rolled_back_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "daemon.json"
    path.write_text(document("a"))
    with running(tmp_path, "daemon.json") as program, ThreadPoolExecutor() as threads:
        path.write_text(document("nowhere"))
        reload = threads.submit(program.command, "reload", "--rollback-after", "4s")
        until = time.monotonic() + PATIENCE
        while "trial" not in program.get("/api/v1/servers/exchangeDL01/documents") and time.monotonic() < until:
            time.sleep(0.05)
        program.post("/open-metadata/admin-services/servers/exchangeDL01/organization-name?name=Coco")
        assert reload.result().returncode == 1
        assert "version 2 was not rolled back, although connectors have failed" in reload.result().stderr
