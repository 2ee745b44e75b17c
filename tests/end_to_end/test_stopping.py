"""Stopping takes a bounded time whatever connectors do, and a second signal ends the process at once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from integration_daemon.platform.last_resort import ENDED_BY_LAST_RESORT
from tests.end_to_end.program import Running, running

HOSTILE = """
import ctypes
import threading
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

class SwallowsCancellation(Hostile):
    async def refresh(self):
        while True:
            try: await trio.sleep_forever()
            except trio.Cancelled: pass

class SwallowsInDisconnect(SwallowsCancellation):
    async def refresh(self): pass
    async def disconnect(self): await SwallowsCancellation.refresh(self)

class HoldsTheLoop(Hostile):
    async def refresh(self):
        await trio.sleep(1)  # the others have their turn
        print("HELD", flush=True)
        time.sleep(3600)

class NeverReturnsToTheInterpreter(Hostile):
    async def refresh(self):
        await trio.sleep(1)
        library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
        library.pthread_mutex_lock(mutex)
        print("HELD", flush=True)
        library.pthread_mutex_lock(mutex)

class LeavesAThread(Hostile):
    async def refresh(self): threading.Thread(target=time.sleep, args=(3600,)).start()
"""
STOP_DEADLINE = 4


def hosting(directory: Path, connector: str, stop_deadline: float = STOP_DEADLINE, **settings: object) -> Path:
    (directory / "hostile.py").write_text(HOSTILE)
    document = directory / "document.json"
    document.write_text(
        json.dumps(
            {
                "localServerName": "exchangeDL01",
                "stopDeadlineSeconds": stop_deadline,
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
    """Wait until the hostile connector is running and the good one has finished."""
    for _ in range(200):
        if any("0043" in line and "connector good" in line for line in program.output):
            return
        time.sleep(0.05)  # the log is another process's
    raise AssertionError(program.output)


def held(program: Running) -> None:
    """Wait until a connector holds the event loop."""
    for _ in range(600):
        if "HELD" in program.output:
            return
        time.sleep(0.05)  # the program runs in another process
    raise AssertionError(program.output)


def elements(directory: Path) -> int:
    """The number of elements in the catalogue of a data directory."""
    with closing(sqlite3.connect(next(directory.glob("data/**/open-metadata.sqlite")))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM elements").fetchone()
        return int(count)


@pytest.mark.parametrize("connector", ["HangsInDisconnect", "HoldsItsThread"])
def test_a_connector_that_does_not_stop_is_named_in_the_log_and_abandoned(connector: str, tmp_path: Path) -> None:
    document = hosting(tmp_path, connector, disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        assert program.end() == 0
        log = "\n".join(program.output)
        assert "connector hostile did not return from its" in log
        assert "OMAG-ADMIN-0006 The exchangeDL01 server has completed its shutdown" in log
        assert "has stopped" in log


@pytest.mark.parametrize("connector", ["IgnoresCancellation", "SwallowsCancellation", "SwallowsInDisconnect"])
def test_a_connector_that_ignores_cancellation_cannot_keep_the_process_running(connector: str, tmp_path: Path) -> None:
    document = hosting(tmp_path, connector, disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        assert program.end() == ENDED_BY_LAST_RESORT
        log = "\n".join(program.output)
        assert "connector hostile did not return from its" in log
        assert "OMAG-PLATFORM-0114 The process of server exchangeDL01 ends before everything has stopped" in log
        assert f"ending at once: not everything stopped within {STOP_DEADLINE} seconds" in program.errors[-1]


@pytest.mark.parametrize("connector", ["HoldsTheLoop", "NeverReturnsToTheInterpreter"])
def test_a_connector_that_holds_the_event_loop_cannot_keep_the_process_running(connector: str, tmp_path: Path) -> None:
    document = hosting(tmp_path, connector)
    (tmp_path / "catalogued.csv").write_text("a,b\n")
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        held(program)
        assert program.end() == ENDED_BY_LAST_RESORT
        log = "\n".join(program.output)
        assert "OMAG-PLATFORM-0114 The process of server exchangeDL01 ends before everything has stopped" in log
        assert "the event loop is held at" in program.errors[-1]
        assert "hostile.py" in program.errors[-1]
        assert elements(tmp_path) > 0


def test_a_thread_left_by_a_connector_cannot_keep_the_process_running(tmp_path: Path) -> None:
    document = hosting(tmp_path, "LeavesAThread")
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        assert program.end() == ENDED_BY_LAST_RESORT
        assert "OMAG-ADMIN-0006 The exchangeDL01 server has completed its shutdown" in "\n".join(program.output)


def test_a_failing_process_ends_although_a_connector_ignores_cancellation(tmp_path: Path) -> None:
    document = hosting(tmp_path, "IgnoresCancellation")
    (tmp_path / "failing.py").write_text(
        """
import sys
import trio
from integration_daemon.cli.main import main
from integration_daemon import process

async def serve(app, *, task_status, **settings):
    task_status.started("http://nowhere")
    await trio.sleep(1)  # the connectors are at work
    raise RuntimeError("a defect")

process.serve = serve
main()
"""
    )
    ended = subprocess.run(
        [sys.executable, "failing.py", "run", str(document)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == ENDED_BY_LAST_RESORT
    assert "seconds after the process began to fail" in ended.stderr


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    document = hosting(tmp_path, "IgnoresCancellation", disconnectDeadlineSeconds=60)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        started(program)
        os.kill(program.process.pid, signal.SIGTERM)
        while not any("OMAG-ADMIN-0005" in line for line in program.output):
            time.sleep(0.02)  # the log is another process's
        os.kill(program.process.pid, signal.SIGTERM)
        assert program.process.wait(30) == 128 + signal.SIGTERM
        program.end()
        assert "ending at once: a second SIGTERM" in program.errors[-1]


def test_a_second_signal_ends_a_process_whose_event_loop_is_held(tmp_path: Path) -> None:
    document = hosting(tmp_path, "HoldsTheLoop", stop_deadline=3600)
    with running(tmp_path, str(document), python_path=tmp_path) as program:
        held(program)
        for _ in range(2):
            os.kill(program.process.pid, signal.SIGTERM)
            time.sleep(0.5)  # two signals at the same moment count as one
        assert program.process.wait(30) == 128 + signal.SIGTERM
        program.end()
