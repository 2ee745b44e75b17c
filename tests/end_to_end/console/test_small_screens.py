"""axe finds nothing on the other pages: on a small screen and a large one, in light and in dark colours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.axe import findings
from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import hospital
from tests.end_to_end.program import Running

PAGES = {
    "elements": ".elements tbody tr",
    "elements/{guid}": ".related tbody tr",
    "elements/{guid}/lineage?columns=true": ".lineage svg",
    "deletions": ".removal",
    "audit-log?severity=Action": ".log details[open]",
    "documents": ".versions tbody tr",
    "documents/1": ".code",
    "documents/edit": ".problems li",
    "documents/difference?from=1&to=2": ".diff .added",
    "documents/difference?from=1&to=2&view=fields": ".field-difference",
    "platform": ".server-card",
}
"""Addresses, and what is there once the page is complete."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon with two versions of its document, and a held deletion."""
    directory = tmp_path_factory.mktemp("hospital")
    with hospital(directory, files=60) as program:
        for number in range(40):
            (directory / "letters" / f"letter {number:03}.csv").unlink()
        program.post("/api/v1/connectors/LetterFiles/refresh")
        document = program.get("/api/v1/servers/exchangeDL01/documents/1")["document"]
        document["integrationServicesConfig"][0]["integrationConnectorConfigs"][0]["labels"] = ["ward"]
        program.post("/api/v1/servers/exchangeDL01/reload", document)
        yield program


def open_page(program: Running, page: Page, address: str, complete: str) -> None:
    (element,) = program.get("/api/v1/elements?type=RelationalTable&name=*costs")["elements"]
    page.evaluate("(address) => (location.hash = address)", f"#/servers/exchangeDL01/{address}".format(**element))
    if address.startswith("audit-log"):
        page.locator(".log summary").first.click()
    if address == "documents/edit":
        page.get_by_role("button", name="Check").click()
    expect(page.locator(complete).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("address", "complete"), PAGES.items())
def test_axe_finds_nothing_on_a_page_on_small_and_large_screens(
    program: Running, opened: Opened, address: str, complete: str, scheme: str
) -> None:
    page = opened(program, viewport={"width": 360, "height": 700}, color_scheme=scheme)
    open_page(program, page, address, complete)
    assert findings(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    assert findings(page) == []
