"""The lineage of an element, drawn on the console page, and followed by mouse and keyboard."""

import json
from collections.abc import Iterator

import apsw
import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.test_appearance import CONTRASTS
from tests.end_to_end.program import Running, running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon that has catalogued views upon views."""
    directory = tmp_path_factory.mktemp("lineage")
    connection = apsw.Connection(str(directory / "hospital.sqlite"))
    connection.execute("CREATE TABLE visits (id INTEGER, cost REAL)")
    connection.execute("CREATE VIEW costs AS SELECT cost FROM visits")
    connection.execute("CREATE VIEW report AS SELECT sum(cost) AS total FROM costs, visits")
    connection.close()
    monitor = {
        "connectorName": "HospitalMonitor",
        "connection": {
            "connectorType": {"connectorProviderClassName": "database-monitor"},
            "endpoint": {"address": f"sqlite://{directory / 'hospital.sqlite'}"},
        },
    }
    service = {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": [monitor]}
    document = {"localServerName": "exchangeDL01", "integrationServicesConfig": [service]}
    (directory / "daemon.json").write_text(json.dumps(document))
    with running(directory, "daemon.json") as program:
        program.post("/api/v1/connectors/HospitalMonitor/refresh")
        yield program


def find(page: Page, words: str) -> None:
    """Search for an element, and choose it."""
    page.get_by_role("link", name="Elements").click()
    page.get_by_label("Words of the element's name").fill(words)
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name=f"Lineage of {words}").click()


def test_lineage_is_followed_by_mouse_and_keyboard(program: Running, opened: Opened) -> None:
    page = opened(program, viewport={"width": 390, "height": 800})
    find(page, "report")
    told, start = page.locator("#lineage-told"), page.locator("#lineage-drawing .start .called")
    expect(told).to_have_text("report: 2 other elements.")
    expect(page.locator("#lineage-drawing .edge")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.locator("#lineage-drawing .start").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lineage-drawing g:focus .called")).to_have_text("costs")
    expect(page.locator("#lineage-drawing .edge.near")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(start).to_have_text("costs")
    expect(page.locator("#lineage-drawing g:focus .called")).to_have_text("costs")
    page.get_by_role("button", name="visits, RelationalTable, 1 step away").click()
    expect(start).to_have_text("visits")

    page.get_by_label("Direction").select_option("upstream")
    expect(told).to_have_text("visits: 0 other elements.")
    page.get_by_label("Columns").check()
    expect(page.locator("#lineage-drawing .column")).to_have_count(2)
    page.reload()
    expect(start).to_have_text("visits")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_the_drawing_has_enough_contrast(program: Running, opened: Opened, scheme: str) -> None:
    page = opened(program, color_scheme=scheme)
    find(page, "report")
    expect(page.locator("#lineage-drawing .edge")).to_have_count(3)
    assert page.evaluate(CONTRASTS) == []
