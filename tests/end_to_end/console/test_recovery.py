"""A connector fails; the list tells what to do and when it is restarted; its cause is mended, and it recovers."""

import json
from pathlib import Path

import apsw
from playwright.sync_api import expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import connector
from tests.end_to_end.program import running


def test_the_list_tells_what_to_do_and_when_the_connector_is_restarted(tmp_path: Path, opened: Opened) -> None:
    database = tmp_path / "hospital.sqlite"
    monitor = connector("HospitalMonitor", "database-monitor", f"sqlite://{database}", clearPassword="env:HOSPITAL")
    service = {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": [monitor]}
    document = {"localServerName": "wards", "restartPolicy": "automatic", "integrationServicesConfig": [service]}
    (tmp_path / "daemon.json").write_text(json.dumps(document))
    with running(tmp_path, "daemon.json") as program:
        page = opened(program)
        row = page.locator(".connectors tbody").filter(has_text="HospitalMonitor")
        expect(row.locator(".action")).to_contain_text("Correct the address, or create the database")
        expect(row.locator("td.restart time")).to_contain_text("min")
        apsw.Connection(str(database)).execute("CREATE TABLE visits (id INTEGER)")
        row.get_by_role("button", name="Restart").click()
        page.get_by_role("dialog").get_by_role("button", name="Restart").click()
        expect(row.locator(".condition")).to_have_text("Healthy")
        expect(row.locator("td.restart")).to_have_count(0)
        row.get_by_role("link", name="HospitalMonitor").click()
        expect(page.locator("dl.facts", has_text="Endpoint")).to_contain_text("Passwordenv:HOSPITAL")
