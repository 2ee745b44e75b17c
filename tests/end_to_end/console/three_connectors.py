"""Three connectors: of a directory, of a database, and of a database that cannot be reached."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from tests.end_to_end.program import Running, running

PASSWORD = "a password of a canary"


def document(directory: Path) -> str:
    """The document of a daemon with the three connectors."""

    def connector(name: str, provider: str, address: str, **more: object) -> dict[str, object]:
        kind = {"connectorProviderClassName": provider}
        connection = {"connectorType": kind, "endpoint": {"address": address}, **more}
        return {"connectorName": name, "connection": connection, "metadataSourceQualifiedName": f"source of {name}"}

    files = [connector("Landing", "data-files-monitor", str(directory / "landing"))]
    password = {"userId": "monitor", "clearPassword": PASSWORD}
    databases = [
        connector("Hospital", "database-monitor", f"sqlite://{directory / 'hospital.sqlite'}"),
        connector("Payroll", "database-monitor", "postgresql://127.0.0.1:1/payroll", **password),
    ]
    databases[0]["labels"] = ["clinical"]
    services = [
        {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": files},
        {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": databases},
    ]
    return json.dumps({"localServerName": "exchangeDL01", "integrationServicesConfig": services})


@contextmanager
def three_connectors(directory: Path) -> Iterator[Running]:
    """The program with the connectors, each of which has been refreshed."""
    (directory / "landing").mkdir(parents=True)
    for number in range(3):
        (directory / "landing" / f"visits-{number}.csv").write_text("patient,cost\n1,2.5\n")
    connection = apsw.Connection(str(directory / "hospital.sqlite"))
    connection.execute("CREATE TABLE visits (id INTEGER, cost REAL)")
    connection.execute("CREATE VIEW costs AS SELECT cost FROM visits")
    connection.close()
    (directory / "daemon.json").write_text(document(directory))
    with running(directory, "daemon.json") as program:
        program.post("/api/v1/connectors/refresh")
        yield program
