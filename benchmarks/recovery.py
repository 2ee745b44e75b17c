"""Time until all connectors run again after their metadata server was killed and restarted, without an operator."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.hosting import AskingConnector
from benchmarks.measure import Figure, Plan
from benchmarks.program import METADATA_SERVER, PATIENCE, program, write
from tests.servers.ports import free_port

LOOK = 0.1
"""Seconds between two requests to the daemon."""
_ABOUT_THE_OUTAGE = ("0031", "0072", "0075", "0076")


def measure(plan: Plan) -> Iterator[Figure]:
    """`seconds` from the readiness of the server until all are RUNNING; `records` about the outage."""
    for connectors in plan.sizes(1_000, 10_000):
        takes = [_take(connectors) for _ in range(1 if plan.quick else 3)]
        for figure, unit, values in (
            ("seconds", "s", [seconds for seconds, _ in takes]),
            ("records", "", [float(records) for _, records in takes]),
        ):
            yield Figure(
                benchmark="recovery",
                case=f"{connectors} connectors after kill -9 of their metadata server",
                figure=figure,
                value=statistics.median(values),
                unit=unit,
            )


def _take(connectors: int) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        server_port, daemon_port = free_port(), free_port()
        metadata = write(directory / "metadata.json", METADATA_SERVER)
        document = write(directory / "daemon.json", _daemon(connectors, f"http://127.0.0.1:{server_port}"))
        with program(directory / "server", server_port, metadata) as server:
            log = directory / "daemon.log"
            stack.enter_context(program(directory / "daemon", daemon_port, document))
            look = _Look(daemon_port)
            look.until(lambda: look.count("WAITING") == connectors)
            before = _records(log)
            server.kill()
        look.until(lambda: look.count("FAILED") == connectors)
        with program(directory / "server", server_port, metadata):
            began = time.perf_counter()
            look.until(lambda: look.count("WAITING") == connectors)
            return time.perf_counter() - began, _records(log) - before


class _Look:
    """Reads the state of a daemon over REST."""

    def __init__(self, port: int) -> None:
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=PATIENCE)

    def count(self, state: str) -> int:
        """The number of connectors in a state."""
        return int(self._get("/connectors", state=state, limit="1")["total"])

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the daemon did not get there")
            time.sleep(LOOK)

    def _get(self, path: str, **query: str) -> Any:
        return self._http.get(path, params=query).json()


def _records(log: Path) -> int:
    """The number of audit log records about failures and outages."""
    ids = (f"INTEGRATION-DAEMON-SERVICES-{number} ".encode() for number in _ABOUT_THE_OUTAGE)
    content = log.read_bytes()
    return sum(content.count(each) for each in ids)


def _daemon(connectors: int, url: str) -> dict[str, Any]:
    provider = f"{AskingConnector.__module__}.{AskingConnector.__qualname__}"
    return {
        "localServerName": "benchmark",
        "localServerType": "Integration Daemon",
        "restartPolicy": "automatic",
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "files-integrator",
                "omagserverPlatformRootURL": url,
                "omagserverName": "metadata",
                "integrationConnectorConfigs": [
                    {
                        "connectorName": f"connector {number}",
                        "refreshTimeInterval": 0.1,
                        "connection": {"connectorType": {"connectorProviderClassName": provider}},
                    }
                    for number in range(connectors)
                ],
            }
        ],
    }
