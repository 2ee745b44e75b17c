"""The story of the page as a test: two platforms in two processes, with the log and the status of the page.

The log of the start is `startup.txt`, word for word, except for the date, the port and the records that are not on
the page: of our own repository, and of what the metadata server speaks.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.page.documents import (
    FILES_CONNECTORS,
    METADATA_SERVER,
    egeria_document,
    our_document,
)
from tests.end_to_end.program import Certificates, Running, running

STARTUP = (Path(__file__).parent / "startup.txt").read_text().splitlines()
DAEMON = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke"
COCO = "/open-metadata/admin-services/users/garygeeke/servers/cocoMDS1/instance"
NOT_AVAILABLE = (
    "OMAG-MULTI-TENANT-404-001 The OMAG Server cocoMDS1 is not available to service a request from user exchangeDL01npa"
)
WRONG_CLASS = (
    "OMIS-DATABASE-INTEGRATOR-400-001 Integration connector OakDeneLandingAreaDatabaseMonitor is not of the correct "
    "type to run in the Database Integrator OMIS integration service. It must inherit from "
    "org.odpi.openmetadata.integrationservices.database.connector.DatabaseIntegratorConnector"
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")


@pytest.mark.parametrize("document", [our_document, egeria_document], ids=["ours", "egeria's"])
def test_the_story_of_the_page(document: Callable[[str], str], tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    metadata_document = _written(tmp_path / "cocoMDS1.json", METADATA_SERVER)
    options = [*certificates.options, "--authentication", "none"]  # the page has no tokens
    with running(tmp_path / "metadata", metadata_document, *options, ca=certificates.ca) as metadata:
        assert metadata.delete(COCO)["relatedHTTPCode"] == 200  # cocoMDS1 is down, its platform is up
        platform_url = metadata.url.replace("127.0.0.1", "localhost")
        (tmp_path / "exchangeDL01.json").write_text(document(platform_url))
        exchange_document = str(tmp_path / "exchangeDL01.json")
        with running(tmp_path / "exchange", exchange_document, *options, ca=certificates.ca) as exchange:
            _started_with_everything_failed(exchange, platform_url)
            _nothing_changes_when_cocoMDS1_comes_up(exchange, metadata)
            _restarted_without_directories(exchange)
            _restarted_with_directories(exchange, tmp_path / "exchange")
            _files_are_found_after_each_form_of_refresh(exchange, metadata, tmp_path / "exchange")
            _removed_files_are_archived(exchange, metadata, tmp_path / "exchange")
            assert exchange.end() == 0
        _says_goodbye(exchange)


def _started_with_everything_failed(exchange: Running, platform_url: str) -> None:
    guid = "b9e1d2c3-5f1d-4d43-8a5e-4f6a0b8f1c2d"
    ours = ("OMRS-AUDIT-0080",)
    log = [
        re.sub(r"^\w{3} \w{3} \d\d \d\d:\d\d:\d\d GMT \d{4} ", "", line).replace(platform_url, "https://localhost:9444")
        for line in _log_until(exchange, "OMAG-ADMIN-0004")
    ]
    log = [line for line in log if line.split()[2] not in ours and "Supplementary information" not in line]
    assert log == STARTUP
    assert not any(guid in line for line in log)  # of the wrong class, so no context was created

    status = exchange.get(DAEMON + "/status")
    assert list(status)[:3] == ["class", "relatedHTTPCode", "integrationServiceSummaries"]
    files, database = status["integrationServiceSummaries"]
    assert list(files) == [
        "integrationServiceId",
        "integrationServiceFullName",
        "integrationServiceURLMarker",
        "integrationServiceDescription",
        "integrationServiceWiki",
        "integrationConnectorReports",
    ]
    assert _without_times(files) == {
        "integrationServiceId": 4005,
        "integrationServiceFullName": "Files Integrator OMIS",
        "integrationServiceURLMarker": "files-integrator",
        "integrationServiceDescription": "Extract metadata about files stored in a file system or file manager.",
        "integrationServiceWiki": "https://odpi.github.io/services/omis/files-integrator/overview/",
        "integrationConnectorReports": [_failed(name, NOT_AVAILABLE) for name, *_ in FILES_CONNECTORS],
    }
    assert _without_times(database) == {
        "integrationServiceId": 4004,
        "integrationServiceFullName": "Database Integrator OMIS",
        "integrationServiceURLMarker": "database-integrator",
        "integrationServiceDescription": "Extract metadata such as schema, tables and columns from database managers.",
        "integrationServiceWiki": "https://odpi.github.io/services/omis/database-integrator/overview/",
        "integrationConnectorReports": [_failed("OakDeneLandingAreaDatabaseMonitor", WRONG_CLASS)],
    }
    assert list(files["integrationConnectorReports"][0]) == [
        "connectorName",
        "connectorStatus",
        "lastStatusChange",
        "lastRefreshTime",
        "minMinutesBetweenRefresh",
        "failingExceptionMessage",
    ]


def _nothing_changes_when_cocoMDS1_comes_up(exchange: Running, metadata: Running) -> None:
    before = exchange.get(DAEMON + "/status")
    answer = metadata.post(COCO)
    assert answer["successMessage"].startswith("cocoMDS1 is running the following services")
    assert exchange.get(DAEMON + "/status") == before


def _restarted_without_directories(exchange: Running) -> None:
    answer = exchange.get(DAEMON + "/integration-service/files-integrator/restart")
    assert answer == {"class": "VoidResponse", "relatedHTTPCode": 200}
    for (name, _, _, _, directory), report in zip(FILES_CONNECTORS, _reports(exchange), strict=False):
        assert (report["connectorName"], report["connectorStatus"]) == (name, "FAILED")
        message = report["failingExceptionMessage"]
        assert message.startswith(
            f"BASIC-FILES-INTEGRATION-CONNECTORS-404-001 The directory named {directory} in the Connection object "
        )
        assert message.endswith(" does not exist")
    assert _reports(exchange)[3]["failingExceptionMessage"] == WRONG_CLASS


def _restarted_with_directories(exchange: Running, home: Path) -> None:
    for *_, directory in FILES_CONNECTORS:
        (home / directory).mkdir(parents=True)
    exchange.post(DAEMON + "/integration-services/files-integrator/restart")
    reports = _reports(exchange)
    assert [report["connectorStatus"] for report in reports] == ["RUNNING"] * 3 + ["FAILED"]
    assert all("failingExceptionMessage" not in report for report in reports[:3])


def _files_are_found_after_each_form_of_refresh(exchange: Running, metadata: Running, home: Path) -> None:
    forms: tuple[Callable[[], Any], ...] = (
        lambda: exchange.post(DAEMON + "/refresh"),
        lambda: exchange.post(DAEMON + "/integration-service/files-integrator/refresh"),
        lambda: exchange.post(
            DAEMON + "/integration-services/files-integrator/refresh",
            {"class": "NameRequestBody", "name": "OakDeneLandingAreaFilesMonitor"},
        ),
    )
    oak_dene = home / FILES_CONNECTORS[0][4]
    for week, refresh in enumerate(forms, 1):
        (oak_dene / f"week {week}.csv").write_text("patient,angle\n")
        assert refresh()["relatedHTTPCode"] == 200
        assert [each["properties"]["fileName"] for each in _catalogued(metadata)] == [
            f"week {number}.csv" for number in range(1, week + 1)
        ]
    element = _catalogued(metadata)[0]
    assert element["metadataSource"] == "HospitalLandingArea"
    assert element["properties"]["pathName"] == str(oak_dene / "week 1.csv")


def _removed_files_are_archived(exchange: Running, metadata: Running, home: Path) -> None:
    (home / FILES_CONNECTORS[0][4] / "week 2.csv").unlink()
    exchange.post(DAEMON + "/refresh")
    assert [each["properties"]["fileName"] for each in _catalogued(metadata)] == ["week 1.csv", "week 3.csv"]
    archived = [each for each in _catalogued(metadata, archived=True) if each["status"] == "ARCHIVED"]
    assert [each["properties"]["fileName"] for each in archived] == ["week 2.csv"]
    assert archived[0]["classifications"]["Memento"]["archiveProcess"] == "OakDeneLandingAreaFilesMonitor"


def _says_goodbye(exchange: Running) -> None:
    last = [line.split()[8] for line in exchange.output if " Shutdown " in line]
    assert last[0] == "OMAG-ADMIN-0005"
    assert last[-1] == "OMAG-ADMIN-0006"
    assert "INTEGRATION-DAEMON-SERVICES-0026" in last


def _log_until(program: Running, message_id: str) -> list[str]:
    for _ in range(200):
        lines = list(program.output)
        for number, line in enumerate(lines, 1):
            if f" {message_id} " in line:
                return lines[:number]
        time.sleep(0.05)  # another process writes the log: there is no event to wait for
    raise AssertionError(f"{message_id} is not in the log: {program.output}")


def _reports(exchange: Running) -> list[dict[str, Any]]:
    status = exchange.get(DAEMON + "/status")
    return [report for each in status["integrationServiceSummaries"] for report in each["integrationConnectorReports"]]


def _catalogued(metadata: Running, *, archived: bool = False) -> list[dict[str, Any]]:
    query = "type=DataFile" + ("&archived=true" if archived else "")
    elements: list[dict[str, Any]] = metadata.get(f"/api/v1/servers/cocoMDS1/elements?{query}")["elements"]
    return elements


def _failed(name: str, message: str) -> dict[str, Any]:
    return {
        "connectorName": name,
        "connectorStatus": "FAILED",
        "lastStatusChange": "(time)",
        "lastRefreshTime": "(time)",
        "minMinutesBetweenRefresh": 10,
        "failingExceptionMessage": message,
    }


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_times(each) for each in value]
    return "(time)" if isinstance(value, str) and TIME.fullmatch(value) else value


def _written(path: Path, document: dict[str, Any]) -> str:
    import json

    path.write_text(json.dumps(document))
    return str(path)
