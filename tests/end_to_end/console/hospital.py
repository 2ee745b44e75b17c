"""A daemon that has catalogued a database with views upon views, and a directory of files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from tests.end_to_end.program import Running, running

TABLES = """
CREATE TABLE visits (id INTEGER, cost REAL);
CREATE VIEW costs AS SELECT cost FROM visits;
CREATE VIEW report AS SELECT sum(cost) AS total FROM costs, visits;
"""


def connector(name: str, provider: str, address: str, **more: Any) -> dict[str, Any]:
    connection = {"connectorType": {"connectorProviderClassName": provider}, "endpoint": {"address": address}, **more}
    return {"connectorName": name, "metadataSourceQualifiedName": f"{name} source", "connection": connection}


@contextmanager
def hospital(directory: Path, *, files: int = 3) -> Iterator[Running]:
    """The program with the connectors `HospitalMonitor` and `LetterFiles`, after a refresh."""
    database = apsw.Connection(str(directory / "hospital.sqlite"))
    database.execute(TABLES)
    database.close()
    letters = directory / "letters"
    letters.mkdir()
    for number in range(files):
        (letters / f"letter {number:03}.csv").write_text("a,b")
    address = f"sqlite://{directory / 'hospital.sqlite'}"
    monitors = {
        "database-integrator": connector("HospitalMonitor", "database-monitor", address, clearPassword="hunter2"),
        "files-integrator": connector("LetterFiles", "data-files-monitor", str(letters)),
    }
    services = [
        {"integrationServiceURLMarker": marker, "integrationConnectorConfigs": [each]}
        for marker, each in monitors.items()
    ]
    document = {"localServerName": "exchangeDL01", "integrationServicesConfig": services}
    (directory / "daemon.json").write_text(json.dumps(document))
    with running(directory, "daemon.json") as program:
        program.post("/api/v1/connectors/refresh")
        yield program
