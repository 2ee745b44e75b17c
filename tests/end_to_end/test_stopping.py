"""Stopping is bounded, whatever the connectors do, and a second signal ends it at once."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.end_to_end.program import Running, running

HOSTILE = """
import time
import trio
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

class Hostile(FilesIntegratorConnector):
    provider = ConnectorProvider(description="Will not let go.", endpoint="nothing")

class HangsInDisconnect(Hostile):
    async def refresh(self): pass
    async def disconnect(self): await trio.sleep_forever()

class IgnoresCancellation(Hostile):
    async def refresh(self):
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

class HoldsItsThread(Hostile):
    def refresh(self): time.sleep(3600)
"""


def hosting(directory: Path, connector: str, **settings: object) -> Path:
    (directory / "hostile.py").write_text(HOSTILE)
    document = directory / "document.json"
    document.write_text(
        json.dumps(
            {
                "localServerName": "exchangeDL01",
                "stopDeadlineSeconds": 1,
                "integrationServicesConfig": [
                    {
                        "integrationServiceURLMarker": "files-integrator",
                        "integrationConnectorConfigs": [
                            {
                                "connectorName": name,
                                "connection": {
                                    "connectorType": {"connectorProviderClassName": provider},
                                    "endpoint": {"address": str(directory)},
                                },
                                **settings,
                            }
                            for name, provider in (("hostile", f"hostile.{connector}"), ("good", "data-files-monitor"))
                        ],
                    }
                ],
            }
        )
    )
    return document


def started(program: Running) -> None:
    """Wait until the hostile connector is at work and the good one is done."""
    for _ in range(200):
        if any("0043" in line and "connector good" in line for line in program.output):
            return
        time.sleep(0.05)  # the log is another process's
    raise AssertionError(program.output)


@pytest.mark.parametrize("connector", ["HangsInDisconnect", "HoldsItsThread"])
def test_a_connector_that_will_not_let_go_is_named_and_left(connector: str, tmp_path: Path) -> None:
    document = hosting(tmp_path, connector, disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        assert program.end() in (0, 1)
        log = "\n".join(program.output)
        assert "connector hostile did not let go of its" in log
        assert "OMAG-ADMIN-0006 The exchangeDL01 server has completed its shutdown" in log
        assert "has stopped" in log


def test_a_connector_that_ignores_cancellation_cannot_keep_the_process(tmp_path: Path) -> None:
    document = hosting(tmp_path, "IgnoresCancellation", disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        assert program.end() == 1
        assert "connector hostile did not let go of its refresh method" in "\n".join(program.output)
        assert "ending at once: not everything stopped within" in program.errors[-1]


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    document = hosting(tmp_path, "IgnoresCancellation", disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        os.kill(program.process.pid, signal.SIGTERM)
        while not any("OMAG-ADMIN-0005" in line for line in program.output):
            time.sleep(0.02)  # the log is another process's
        os.kill(program.process.pid, signal.SIGTERM)
        assert program.process.wait(5) == 128 + signal.SIGTERM
        program.end()
        assert "ending at once: a second SIGTERM" in program.errors[-1]
