"""Unusable connector classes: each command reports them in one line, and everything else runs."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import Running, command, running

MODULE = """
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

class Well(FilesIntegratorConnector):
    provider = ConnectorProvider(description="Works.")
    async def refresh(self):
        pass

class NoProvider(FilesIntegratorConnector):
    async def refresh(self):
        pass

class BrokenProvider(Well):
    provider = ConnectorProvider(description=None, settings=5)

class CannotBeMade(Well):
    def __init__(self):
        raise KeyboardInterrupt("made")

class Interrupts(Well):
    async def refresh(self):
        raise KeyboardInterrupt

NotAClass = 5
"""
ENTRY_POINTS = """
[integration_daemon.connectors]
offered-well = odd_connectors:Well
offered-without-provider = odd_connectors:NoProvider
offered-broken = odd_connectors:BrokenProvider
offered-number = odd_connectors:NotAClass
offered-import = odd_import:Any

[integration_daemon.services]
odd-service = odd_connectors:NotAClass
"""
REASONS = {
    "odd_connectors.NoProvider": "its attribute provider is not a ConnectorProvider",
    "odd_connectors.BrokenProvider": "its provider cannot be shown",
    "odd_connectors.CannotBeMade": "cannot be created: KeyboardInterrupt: made",
    "odd_connectors.NotAClass": "it is 5, not a class",
    "odd_import.Any": "SystemExit: at import",
    "offered-number": "it is 5, not a class",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package of entry points, most of which are not valid connectors."""
    place = tmp_path / "installed"
    information = place / "odd_connectors-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-connectors\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    (place / "odd_connectors.py").write_text(MODULE)
    (place / "odd_import.py").write_text("raise SystemExit('at import')")
    monkeypatch.setenv("PYTHONPATH", str(place))
    return place


def document(path: Path, *providers: str) -> Path:
    connectors = [
        {"connectorName": each, "connection": {"connectorType": {"connectorProviderClassName": each}}}
        for each in providers
    ]
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": connectors}
    content = {
        "localServerName": "exchangeDL01",
        "localServerType": "Integration Daemon",
        "integrationServicesConfig": [service],
    }
    path.write_text(json.dumps(content))
    return path


@pytest.mark.usefixtures("package")
def test_check_reports_every_unusable_class(tmp_path: Path) -> None:
    done = command("check", str(document(tmp_path / "document.json", "odd_connectors.Well", *REASONS)))

    assert done.returncode == 0  # the daemon runs with such a document, and only these connectors fail
    *lines, summary = done.stdout.splitlines()
    seen_without_making_one = {name: why for name, why in REASONS.items() if name != "odd_connectors.CannotBeMade"}
    assert len(lines) == len(seen_without_making_one)
    assert summary.endswith(": 5 warnings")
    for line, reason in zip(lines, seen_without_making_one.values(), strict=True):
        assert reason in line
    assert done.stderr == ""


@pytest.mark.usefixtures("package")
def test_connectors_and_services_leave_out_unusable_classes() -> None:
    done = command("connectors")
    assert done.returncode == 0
    assert "offered-well" in done.stdout
    for left_out in ("offered-without-provider", "offered-broken", "offered-number", "offered-import"):
        assert left_out not in done.stdout
        assert f"{left_out} (odd_" in done.stderr
    assert "Traceback" not in done.stderr

    done = command("services")
    assert done.returncode == 0
    assert "odd-service (odd_connectors:NotAClass) is left out: it is not an IntegrationService" in done.stderr


@pytest.mark.usefixtures("package")
def test_unusable_connectors_fail_alone_and_an_interrupt_still_ends_the_program(tmp_path: Path) -> None:
    path = document(tmp_path / "document.json", "odd_connectors.Well")
    with running(tmp_path / "work", str(path)) as program:
        document(path, "odd_connectors.Well", "offered-well", "odd_connectors.Interrupts", *REASONS)
        done = program.command("reload")
        assert done.returncode == 1  # the document is applied, and these connectors fail
        assert "offered-well" in done.stdout
        assert all(f"{name} has failed: " in done.stderr for name in REASONS), done.stderr
        assert "Well has failed" not in done.stderr
        program.post("/servers/exchangeDL01/open-metadata/integration-daemon/users/erinoverview/refresh")
        shown = {each["connectorName"]: each for each in _connectors(program)}
        assert shown["odd_connectors.Well"]["state"] == shown["offered-well"]["state"] == "WAITING"
        for name, reason in REASONS.items():
            assert shown[name]["failure"]["kind"] == "CONFIGURATION", name
            assert reason in shown[name]["failure"]["message"]
        assert shown["odd_connectors.Interrupts"]["failure"]["exceptionClass"] == "KeyboardInterrupt"

        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(30) == 0


def _connectors(program: Running) -> list[dict[str, Any]]:
    connectors: list[dict[str, Any]] = program.get("/api/v1/servers/exchangeDL01/connectors")["connectors"]
    return connectors
