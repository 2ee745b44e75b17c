"""The examples in the documentation work as shown."""

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.message import ErrorMessage
from integration_daemon.supervision.recovery.failure import FailureKind, failure_from
from services import errors
from services.framework.service import IntegrationService
from services.metadata.types.registry import types_by_name
from services.metadata.types.relationships import RELATIONSHIPS
from services.registry import registered_services
from services.testing import ConnectorConformance
from tests.end_to_end.examples import README, WRITING_A_CONNECTOR, blocks, rows_of, write_files
from tests.end_to_end.program import PATIENCE, command, running

ANY = ErrorMessage(id="ANY-400-001", http_code=400, text="x", system_action="x", user_action="x")


def test_the_connector_of_the_readme_runs(tmp_path: Path) -> None:
    assert write_files(README, tmp_path) == {"inbox_monitor.py", "inbox.yaml"}
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "hello.txt").touch()
    with running(tmp_path, "inbox.yaml", python_path=tmp_path) as program:
        assert program.command("refresh").returncode == 0
        elements = json.loads(program.command("elements", "--type", "Document", "--json").stdout)
        assert [each["properties"]["qualifiedName"] for each in elements] == ["inbox::hello.txt"]
        (tmp_path / "inbox" / "hello.txt").unlink()
        assert program.command("refresh").returncode == 0
        assert "no elements match" in program.command("elements", "--type", "Document").stdout


def test_the_connector_of_the_guide_runs_and_notices_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(WRITING_A_CONNECTOR, tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "costs.json").write_text('{"title": "Costs of July"}')
    monkeypatch.setenv("REPORTS_PASSWORD", "tell-nobody")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    checked = command("check", "reports.yaml", cwd=tmp_path)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "reports.yaml: no problems")
    with running(tmp_path, "reports.yaml") as program:
        assert program.command("refresh", "--connector", "ReportMonitor").returncode == 0

        def titles() -> list[str]:
            elements = json.loads(program.command("elements", "--type", "Document", "--json").stdout)
            return [each["properties"]["displayName"] for each in elements]

        assert titles() == ["Costs of July"]
        (tmp_path / "reports" / "sales.json").write_text('{"title": "Sales of July"}')
        while titles() != ["Costs of July", "Sales of July"]:
            assert program.process.poll() is None
        assert "ENGAGED" in program.command("status").stdout
        assert not any("tell-nobody" in line for line in (*program.output, *program.errors))


def test_the_tests_of_the_guide_pass(tmp_path: Path) -> None:
    write_files(WRITING_A_CONNECTOR, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    inherited = sum(name.startswith("test_") for name in dir(ConnectorConformance))
    assert f"{3 + inherited} passed" in done.stdout


@pytest.mark.parametrize("page", [README, WRITING_A_CONNECTOR], ids=lambda page: page.name)
def test_every_document_in_the_documentation_has_no_problems(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(page, tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    whole = [block for block in blocks(page, "yaml") if block.startswith("localServerName")]
    assert whole
    for block in whole:
        (tmp_path / "shown.yaml").write_text(block)
        checked = command("check", "shown.yaml", cwd=tmp_path)
        assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "shown.yaml: no problems")


def test_the_guide_lists_every_type_and_every_relationship() -> None:
    guide = WRITING_A_CONNECTOR.read_text("utf-8")
    listed = [f"| `{each.name}` | `{each.end1}` | `{each.end2}` | {each.meaning} |" for each in RELATIONSHIPS.values()]
    assert [each for each in listed if each not in guide] == []
    assert len(rows_of(WRITING_A_CONNECTOR, "relationship")) == len(listed)
    for name, kind in types_by_name().items():
        if name == "OpenMetadataRoot":
            continue
        section = guide.partition(f"From `{kind.__module__}`:")[2].partition("\nFrom ")[0]
        own = ", ".join(f"`{each}`" for each in kind.__annotations__)
        row = next((line for line in section.splitlines() if line.startswith(f"| `{name}` |")), "")
        assert row.endswith(f"| {own} |"), f"{name} of {kind.__module__} is not in the guide as it is"


def test_the_guide_lists_every_service_with_its_connector_class() -> None:
    rows = {marker: (name, module) for name, module, marker in rows_of(WRITING_A_CONNECTOR, "connector class")}

    def listed(service: IntegrationService) -> tuple[str, str]:
        return service.connector_class.__name__, service.connector_class.__module__

    assert rows == {each.url_marker: listed(each) for each in registered_services()}


def test_the_guide_lists_every_error_with_its_failure_kind() -> None:
    for names, kind, _ in rows_of(WRITING_A_CONNECTOR, "raise"):
        if names == "anything else":
            names = "KeyError, OSError, RuntimeError"
        for name in names.split(", "):
            error = getattr(builtins, name)("x") if hasattr(builtins, name) else getattr(errors, name)(ANY)
            assert failure_from(error, "refresh").kind is FailureKind(kind)


def test_the_links_of_the_readme_lead_to_pages() -> None:
    targets = [part.partition(")")[0] for part in README.read_text("utf-8").split("](")[1:]]
    local = [target for target in targets if not target.startswith("http")]
    assert local
    assert [target for target in local if not (README.parent / target).exists()] == []
