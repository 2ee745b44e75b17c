"""Documents of an integration daemon with a large number of connectors."""

import json
from pathlib import Path
from typing import Any


def document_of(directory: Path, count: int, *, failing: int = 0) -> str:
    """Write a document with this many files monitors, the first few without a directory; return its name."""
    directory.mkdir(exist_ok=True)

    def connector(number: int) -> dict[str, Any]:
        if number >= failing:
            (directory / f"landing-area-{number}").mkdir()
        return {
            "connectorName": f"LandingAreaFilesMonitor{number:05}",
            "metadataSourceQualifiedName": f"LandingArea{number:05}",
            "refreshTimeInterval": 60,
            "connection": {
                "connectorType": {"connectorProviderClassName": "data-files-monitor"},
                "endpoint": {"address": "nowhere" if number < failing else f"landing-area-{number}"},
                "configurationProperties": {"watch": False},
            },
        }

    document = {
        "localServerName": "many",
        "localServerType": "Integration Daemon",
        "localServerUserId": "npa",
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "files-integrator",
                "integrationConnectorConfigs": [connector(number) for number in range(count)],
            }
        ],
    }
    (directory / "document.json").write_text(json.dumps(document))
    return "document.json"
