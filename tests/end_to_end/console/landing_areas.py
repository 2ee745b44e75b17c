"""A document with many connectors, some of which fail, and the program that runs it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.program import Running, running

PROVIDER = """
from pathlib import Path

import trio

from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

class LandingArea(FilesIntegratorConnector):
    provider = ConnectorProvider(description="Fails if its endpoint says so.", endpoint="`good` or `bad`")

    async def refresh(self):
        while Path("gate").exists():
            await trio.sleep(0.05)
        if self.connection.endpoint.address == "bad":
            raise ValueError(f"no columns in the files of {self.connector_name}")
"""


@contextmanager
def landing_areas(directory: Path, number: int, *, bad: Iterable[int] = (), **fields: Any) -> Iterator[Running]:
    """The program with the connectors `area 0`, `area 1` and so on; refreshes of those in `bad` fail.

    While there is a file `gate` in the directory, no refresh ends.
    """
    failing = set(bad)
    configs = [
        {
            "connectorName": f"area {each}",
            "connection": {
                "connectorType": {"connectorProviderClassName": "landing.LandingArea"},
                "endpoint": {"address": "bad" if each in failing else "good"},
            },
        }
        for each in range(number)
    ]
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": configs}
    directory.mkdir(exist_ok=True)
    (directory / "landing.py").write_text(PROVIDER)
    (directory / "daemon.json").write_text(
        json.dumps({"localServerName": "exchangeDL01", "integrationServicesConfig": [service], **fields})
    )
    with running(directory, "daemon.json", python_path=directory) as program:
        yield program
