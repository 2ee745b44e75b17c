"""Bad input leads to one clear line on standard error and exit status 1, and damages nothing."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.page.documents import our_document
from tests.end_to_end.program import command, running

PLATFORM = "https://localhost:9444"


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(our_document(PLATFORM)), **changes})


def twice() -> str:
    document = json.loads(our_document(PLATFORM))
    connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors[1]["connectorName"] = connectors[0]["connectorName"]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            "this is not JSON",
            "document.json is not valid JSON: JSON is malformed: invalid character (line 1, column 5)",
        ),
        (changed(maxPageSize="many"), "is not valid at $.maxPageSize: Expected `int`, got `str`"),
        ('{"localServerType": "Integration Daemon"}', "$.localServerName: this field is required and is missing"),
        (twice(), "integrationConnectorConfigs[1].connectorName: 'OakDeneLandingAreaFilesMonitor' is already used at"),
        (changed(localServerType="Cohort Member"), "'Cohort Member' is not a server type that can be hosted here"),
        (changed(integrationServicesConfig=[]), "an integration daemon needs at least one service"),
    ],
)
def test_an_invalid_document_is_reported_in_one_line(content: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "document.json").write_text(content)
    result = command("run", "document.json", "--port", "0", cwd=tmp_path)

    assert result.returncode == 1
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_missing_document_is_reported(tmp_path: Path) -> None:
    result = command("run", "nowhere.json", cwd=tmp_path)
    assert result.returncode == 1
    assert "nowhere.json cannot be read: No such file or directory" in result.stderr


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = command("run", "--port", str(port), cwd=tmp_path)
    assert result.returncode == 1
    line = result.stderr.splitlines()[-1]
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in line
    assert "--port" in line


def test_a_read_only_data_directory_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = command("run", "--data-dir", "file", "--port", "0", cwd=tmp_path)
    assert result.returncode == 1
    assert "The data directory file cannot be used: File exists" in result.stderr
    result = command("run", "--data-dir", "/proc/nothing", "--port", "0", cwd=tmp_path)
    assert result.returncode == 1
    assert "The data directory /proc/nothing cannot be used" in result.stderr


def test_a_truncated_database_is_reported_and_left_unchanged(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        program.end()
    store = tmp_path / "data" / "servers" / "quickstart" / "open-metadata.sqlite"
    whole = store.read_bytes()
    store.write_bytes(whole[:20_000])

    result = command("run", "--port", "0", cwd=tmp_path)

    assert result.returncode == 1
    assert "open-metadata.sqlite cannot be used: it is truncated" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert store.read_bytes() == whole[:20_000]
    store.write_bytes(whole)
    with running(tmp_path) as program:
        assert program.command("status").returncode == 0


def test_the_check_lists_every_problem_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    document = json.loads(our_document(PLATFORM))
    document["maxPagSize"] = 3
    service = document["integrationServicesConfig"][0]
    service["integrationServiceURLMarker"] = "files-integrater"
    service["integrationConnectorConfigs"][0]["refreshTimeInterval"] = "often"
    path.write_text(json.dumps(document, indent=1))

    result = command("check", str(path))

    assert result.returncode == 1
    lines = result.stdout.splitlines()
    number = next(number for number, line in enumerate(path.read_text().splitlines(), 1) if "maxPagSize" in line)
    unknown = "$.maxPagSize: this field is not known and is ignored (did you mean maxPageSize?)"
    assert f"{path}:{number}: warning: {unknown}" in lines
    assert lines[-1] == f"{path}: 2 errors, 2 warnings"
    assert any("integrationServiceURLMarker: 'files-integrater' is not a" in line for line in lines)
    assert any("[0].integrationConnectorConfigs[0].refreshTimeInterval: Expected" in line for line in lines)
    problems = json.loads(command("check", str(tmp_path / "document.json"), "--json").stdout)
    assert {problem["path"] for problem in problems} >= {"$.maxPagSize"}


def test_a_certificate_without_a_key_is_reported(tmp_path: Path) -> None:
    result = command("run", "--tls-cert", "cert.pem", cwd=tmp_path)
    assert result.returncode == 1
    assert "belong together" in result.stderr
