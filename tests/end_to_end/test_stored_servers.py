"""The servers whose documents the platform keeps are started with the process."""

import signal
from pathlib import Path

import pytest

from tests.end_to_end.program import PATIENCE, running

SERVERS = "/open-metadata/admin-services/users/garygeeke/servers"


@pytest.mark.timeout(400)
def test_a_server_that_was_configured_over_rest_is_started_with_the_next_process(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    connection = {
        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
        "endpoint": {"address": "landing"},
    }
    with running(tmp_path, "--stored") as program:
        assert program.get("/api/v1/servers")["servers"] == []
        for name in ("exchangeDL01", "incomplete"):
            program.post(f"{SERVERS}/{name}/server-type?typeName=Integration%20Daemon")
        path = f"{SERVERS}/exchangeDL01/integration-services/files-integrator/connectors/Landing"
        assert program.post(path, {"connection": connection})["relatedHTTPCode"] == 200
        program.process.send_signal(signal.SIGKILL)
        program.process.wait(PATIENCE)
    with running(tmp_path, "--stored") as program:
        (connector,) = program.get("/api/v1/servers/exchangeDL01/connectors")["connectors"]
        assert connector["connectorName"] == "Landing"
        assert any("OMAG-ADMIN-0028" in line for line in [*program.output, *program.errors])
