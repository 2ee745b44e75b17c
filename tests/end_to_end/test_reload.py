"""A changed document is applied by the running program: by command, by request and by signal."""

import json
import signal
import time
from pathlib import Path
from typing import Any

from tests.end_to_end.program import PATIENCE, Running, running

PROVIDER = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider"


def document(*names: str, **fields: Any) -> str:
    connectors = [
        {
            "connectorName": name,
            "connection": {
                "connectorType": {"connectorProviderClassName": PROVIDER},
                "endpoint": {"address": name},
            },
        }
        for name in names
    ]
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": connectors}
    return json.dumps(
        {
            "localServerName": "exchangeDL01",
            "localServerType": "Integration Daemon",
            "integrationServicesConfig": [service],
            **fields,
        }
    )


def incarnations(program: Running) -> dict[str, int]:
    answer = program.get("/api/v1/connectors")
    return {each["connectorName"]: each["incarnation"] for each in answer["connectors"]}


def test_a_changed_document_is_applied_while_the_daemon_runs(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    path = tmp_path / "daemon.json"
    path.write_text(document("a", "b"))
    with running(tmp_path, "daemon.json") as program:
        assert incarnations(program) == {"a": 1, "b": 1}

        path.write_text(document("a", "c", maxPageSize=7))
        shown = program.command("reload", "--json")
        assert json.loads(shown.stdout) == {
            "added": ["c"], "changed": [], "removed": ["b"], "unchanged": 1, "needsRestart": ["maxPageSize"],
            "version": 2,
        }  # fmt: skip
        assert incarnations(program) == {"a": 1, "c": 1}

        path.write_text(document("c"))
        program.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + PATIENCE
        while incarnations(program) != {"c": 1} and time.monotonic() < until:
            time.sleep(0.05)
        assert incarnations(program) == {"c": 1}

        path.write_text("{")
        refused = program.command("reload")
        assert refused.returncode == 1
        assert "daemon.json" in refused.stderr
        assert incarnations(program) == {"c": 1}

        another = program.post("/api/v1/servers/exchangeDL01/reload", {"localServerName": "other"})
        assert another["status"] == 400
