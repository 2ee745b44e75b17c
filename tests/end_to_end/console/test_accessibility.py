"""axe finds nothing on the pages about connectors: on a small screen and a large one, in light and in dark colours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.axe import findings
from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.three_connectors import three_connectors
from tests.end_to_end.program import Running

CUT_OFF = """
() => [...document.querySelectorAll("body *")]
    .filter((each) => each.checkVisibility() && !each.closest("svg, pre, .unseen, .skip, #lineage-drawing"))
    .filter((each) => {
        const { left, right } = each.getBoundingClientRect();
        const cut = each.matches("button, p, td, a") && each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0;
        return cut || left < 0 || right > innerWidth + 0.5;
    })
    .map((each) => each.outerHTML.slice(0, 300))
"""
TURN = "() => new Promise((taken) => setTimeout(taken))"
"""The page has noticed its new address, and is being loaded."""
SERVER = "#/servers/exchangeDL01"
PAGES = [
    "connectors",
    "connectors?state=FAILED",
    "connectors/Payroll",
    "connectors/Hospital",
    "elements",
    "deletions",
    "audit-log",
    "nowhere",
]
"""Addresses below that of the server."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with three_connectors(tmp_path_factory.mktemp("connectors")) as program:
        yield program


def shown_badly(page: Page) -> list[str]:
    """The problems of the page as shown."""
    return [*findings(page), *page.evaluate(CUT_OFF)]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(program: Running, opened: Opened, scheme: str, width: int) -> None:
    page = opened(program, color_scheme=scheme, viewport={"width": width, "height": 800})
    for address in PAGES:
        page.goto(f"{program.url}/{SERVER}/{address}")
        page.evaluate(TURN)
        expect(page.locator(".page h1, .page .problem").first).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert shown_badly(page) == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_questions_and_messages(program: Running, opened: Opened, scheme: str) -> None:
    page = opened(program, color_scheme=scheme, viewport={"width": 360, "height": 800})
    page.get_by_role("button", name="Restart Payroll").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()
    expect(page.locator("#messages .failed")).to_be_visible()
    page.get_by_role("checkbox", name="Select Hospital").check()
    assert shown_badly(page) == []
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert shown_badly(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible()
    assert shown_badly(page) == []
