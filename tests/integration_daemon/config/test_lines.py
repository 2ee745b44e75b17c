"""Every problem has its line number, and errors are distinguished from warnings."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integration_daemon.cli.documents import check

SERVICE = "$.integrationServicesConfig[0]"
CONNECTORS = f"{SERVICE}.integrationConnectorConfigs"


def connector(name: str, **fields: Any) -> dict[str, Any]:
    connection = {
        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
        "endpoint": {"address": "landing-area"},
    }
    return {"connectorName": name, "connection": connection, **fields}


def document(*connectors: dict[str, Any], **fields: Any) -> dict[str, Any]:
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": list(connectors)}
    return {"localServerName": "a", **fields, "integrationServicesConfig": [service]}


def written(path: Path, raw: Any) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(raw, indent="\t"))
    else:
        path.write_bytes((msgspec.yaml if path.suffix == ".yaml" else msgspec.toml).encode(raw))


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[str, int]]]:
    """The exit status, and the severity and line of each problem."""
    status = check(path, json=True)
    problems = json.loads(capsys.readouterr().out)
    return status, {each["path"]: (each["severity"], each["line"]) for each in problems if each["severity"] != "note"}


@pytest.mark.parametrize("ending", ["json", "yaml", "toml"])
def test_the_problems_of_a_document_inside_an_answer_have_the_lines_of_the_file(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"answer.{ending}"
    answer = {"class": "OMAGServerConfigResponse", "relatedHTTPCode": 200}
    written(path, {**answer, "omagserverConfig": document(connector("x"), maxPagSize=1)})
    line = next(number for number, each in enumerate(path.read_text().splitlines(), 1) if "maxPagSize" in each)
    assert found(path, capsys) == (0, {"$.maxPagSize": ("warning", line)})


@pytest.mark.parametrize("ending", ["json", "yaml", "toml"])
def test_each_problem_is_reported_with_its_line(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"document.{ending}"
    connectors = (connector("x", refreshInterval=5), connector("y", refreshTimeInterval="often"))
    written(path, document(*connectors, maxPagSize=1))
    lines = path.read_text().splitlines()

    def line_of(text: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if text in line)

    assert found(path, capsys) == (
        1,
        {
            "$.maxPagSize": ("warning", line_of("maxPagSize")),
            f"{CONNECTORS}[0].refreshInterval": ("warning", line_of("refreshInterval")),
            f"{CONNECTORS}[1].refreshTimeInterval": ("error", line_of("refreshTimeInterval")),
        },
    )


@pytest.mark.parametrize(("ending", "begins"), [("json", "\t\t\t\t{"), ("yaml", "  - "), ("toml", "[[integrationS")])
def test_a_missing_field_is_reported_at_the_line_of_its_object(
    ending: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"document.{ending}"
    nameless = connector("")
    del nameless["connectorName"]
    written(path, document(connector("x"), nameless))

    _, problems = found(path, capsys)

    last = [number for number, text in enumerate(path.read_text().splitlines(), 1) if text.startswith(begins)][-1]
    assert problems == {f"{CONNECTORS}[1].connectorName": ("error", last)}


def test_a_problem_after_an_invalid_connector_keeps_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.json"
    nameless = connector("")
    del nameless["connectorName"]
    written(
        path, document(nameless, connector("x"), nameless, connector("y", refreshTimeInterval="often"), connector("x"))
    )

    _, problems = found(path, capsys)

    assert set(problems) == {
        f"{CONNECTORS}[0].connectorName",
        f"{CONNECTORS}[2].connectorName",
        f"{CONNECTORS}[3].refreshTimeInterval",
        f"{CONNECTORS}[4].connectorName",  # it duplicates the name of another connector
    }


def test_warnings_alone_do_not_fail_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "document.yaml"
    written(path, document(connector("x"), maxPagSize=1))
    assert check(path) == 0
    line, *_, summary = capsys.readouterr().out.splitlines()
    hint = "this field is not known and is ignored (did you mean maxPageSize?)"
    assert line == f"{path}:2: warning: $.maxPagSize: {hint}"
    assert summary == f"{path}: 1 warning"


def test_the_check_tells_where_a_relative_path_leads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "document.yaml", document(connector("x")))
    assert check(Path("document.yaml")) == 0
    lines = capsys.readouterr().out.splitlines()
    place = f"note: {CONNECTORS}[0].connection.endpoint.address"
    assert f"{place}: landing-area is {tmp_path}/landing-area, from the working directory" in lines[0]
    assert lines[-1] == "document.yaml: no problems"


def test_a_misspelt_class_or_one_of_another_service_gets_a_suggestion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.yaml"
    misspelt = connector("x")
    misspelt["connection"]["connectorType"]["connectorProviderClassName"] = "data-file-monitor"
    other = connector("y")
    other["connection"]["connectorType"]["connectorProviderClassName"] = "database-monitor"
    written(path, document(misspelt, other))
    assert check(path) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "did you mean data-files-monitor?" in first
    assert "ValueError" not in first
    assert "inherit from services.files.service.FilesIntegratorConnector" in second
