"""Files of audit logs: any file for documents of the command line, the server's own files for documents over REST."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import Running, running

PLATFORM = "/open-metadata/platform-services/users/me/server-platform/servers"


def document(name: str, address: str | None, provider: str = "file") -> dict[str, Any]:
    endpoint = {} if address is None else {"endpoint": {"address": address}}
    destination = {"connectorType": {"connectorProviderClassName": provider}, **endpoint}
    return {"localServerName": name, "repositoryServicesConfig": {"auditLogConnections": [destination]}}


def started(program: Running, name: str, address: str | None, provider: str = "file") -> str:
    """The message of the answer to a request to start a server; empty if it was started."""
    answer = program.post(f"{PLATFORM}/{name}/instance/configuration", document(name, address, provider))
    return str(answer.get("exceptionErrorMessage", ""))


@pytest.fixture
def program(tmp_path: Path) -> Any:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "daemon.json").write_text(json.dumps(document("first", f"{tmp_path}/logs/first.log")))
    with running(tmp_path / "home", "daemon.json") as running_program:
        yield running_program


def test_a_document_of_the_command_line_may_name_any_log_file_and_be_started_again(
    tmp_path: Path, program: Running
) -> None:
    assert "OMRS-AUDIT-0001" in (tmp_path / "logs" / "first.log").read_text()
    program.delete(f"{PLATFORM}/first/instance")
    assert program.post(f"{PLATFORM}/first/instance")["relatedHTTPCode"] == 200


@pytest.mark.parametrize("provider", ["file", "json-lines"])
def test_a_document_sent_over_rest_may_not_name_other_log_files(
    provider: str, tmp_path: Path, program: Running
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "home" / "data" / "servers" / "second" / "logs").mkdir(parents=True)
    (tmp_path / "home" / "data" / "servers" / "second" / "logs" / "link").symlink_to(outside)
    for address in (f"{outside}/x/y", "../../../security/tokens.json", "../x", "link/x"):
        problem = started(program, "second", address, provider)
        assert "The audit log of server second may not be appended to " in problem
    assert list(outside.iterdir()) == []
    assert program.status_of("/api/v1/servers/second/audit-log") == 404


def test_a_document_sent_over_rest_may_name_log_files_of_its_server(tmp_path: Path, program: Running) -> None:
    assert started(program, "second", None) == ""
    assert started(program, "third", "a/b.log") == ""
    assert program.status_of("/api/v1/servers/second/audit-log") == 200
    logs = tmp_path / "home" / "data" / "servers"
    assert "OMRS-AUDIT-0001" in (logs / "second" / "logs" / "second.auditlog").read_text()
    assert "OMRS-AUDIT-0001" in (logs / "third" / "logs" / "a" / "b.log").read_text()
