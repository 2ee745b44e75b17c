"""Secret references of documents: what they lead to is sent where the document says, and no other file is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import PATIENCE, Running, command, running
from tests.servers.thief import Thief, thief

DAEMON = "/servers/exchangeDL01/open-metadata/integration-daemon/users/me"
PRIVATE = "of another user of this machine"


@pytest.fixture
def server() -> Iterator[Thief]:
    with thief() as found:
        yield found


def connection(address: str, secret: str) -> dict[str, Any]:
    return {
        "connectorType": {"connectorProviderClassName": "database-monitor"},
        "endpoint": {"address": address},
        "clearPassword": secret,
    }


def document(address: str, secret: str, **more: Any) -> dict[str, Any]:
    connector = {"connectorName": "monitor", "connection": connection(address, secret), **more}
    service = {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": [connector]}
    return {"localServerName": "exchangeDL01", "integrationServicesConfig": [service]}


def failure(program: Running) -> str:
    """The failure of the monitor, which comes a while after it was asked to start again."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        shown = program.get("/api/v1/servers/exchangeDL01/connectors/monitor")
        if shown["state"] == "FAILED":
            return str(shown["failure"]["message"])
        time.sleep(0.05)
    raise AssertionError(shown)


@pytest.mark.parametrize("isolation", ["none", "process"])
def test_a_password_in_a_file_beside_the_document_is_used_and_reread(
    isolation: str, tmp_path: Path, server: Thief
) -> None:
    (tmp_path / "password").write_text("first value\n")
    content = document(server.address, f"file:{tmp_path}/password", isolation=isolation)
    (tmp_path / "daemon.json").write_text(json.dumps(content))
    with running(tmp_path, "daemon.json") as program:
        failure(program)
        (tmp_path / "password").write_text("second value\n")
        program.post("/api/v1/servers/exchangeDL01/connectors/monitor/restart")
        failure(program)
    assert set(server.passwords) == {"first value", "second value"}
    assert server.passwords[-1] == "second value"


@pytest.mark.parametrize("isolation", ["none", "process"])
def test_a_changed_document_cannot_make_the_daemon_send_a_file_of_the_machine(
    isolation: str, tmp_path: Path, server: Thief
) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside" / "private"
    home.mkdir()
    outside.parent.mkdir()
    outside.write_text(PRIVATE)
    (home / "link").symlink_to(outside)
    (home / "password").write_text("s3cret")
    (home / "daemon.json").write_text(
        json.dumps(document("postgresql://me@127.0.0.1:1/db", f"file:{home}/password", isolation=isolation))
    )
    with running(home, "daemon.json") as program:
        failure(program)
        token = home / "data" / "security" / "local-token"
        for path in (outside, home / "link", home / ".." / "outside" / "private", token):
            for change in (
                ("/api/v1/servers/exchangeDL01/reload",
                 document(server.address, f"file:{path}", isolation=isolation)),
                (f"{DAEMON}/integration-connectors/monitor/connection", connection(server.address, f"file:{path}")),
            ):  # fmt: skip
                program.post(*change)
                assert "may not be followed: the file is not below" in failure(program)
        taken = program.post(
            "/open-metadata/platform-services/users/me/server-platform/servers/other/instance/configuration",
            {**document(server.address, "env:X"), "localServerName": "other", "metadataStore": server.address,
             "metadataStorePassword": f"file:{outside}"},
        )  # fmt: skip
        assert "may not be followed" in json.dumps(taken)
    assert server.callers == 0


def test_check_reports_references_that_are_not_permitted(tmp_path: Path, server: Thief) -> None:
    outside = tmp_path / "outside" / "private"
    outside.parent.mkdir()
    outside.write_text(PRIVATE)
    (tmp_path / "daemon.json").write_text(json.dumps(document(server.address, f"file:{outside}")))
    checked = command("check", "daemon.json", cwd=tmp_path)
    assert checked.returncode == 0
    assert "clearPassword: this reference may not be followed: the file is not below" in checked.stdout
    connected = command("check", "--connect", "daemon.json", cwd=tmp_path)
    assert connected.returncode == 1
    assert "may not be followed" in " ".join(connected.stdout.split())
    assert server.callers == 0
