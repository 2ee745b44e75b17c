"""The lineage of an element, drawn on the console page, and followed by mouse and keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.axe import findings
from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import hospital
from tests.end_to_end.program import Running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon that has catalogued views upon views."""
    with hospital(tmp_path_factory.mktemp("hospital")) as program:
        yield program


def find(page: Page, words: str) -> None:
    """Search for an element, and draw its lineage."""
    page.get_by_role("link", name="Elements", exact=True).click()
    page.get_by_label("Words").fill(words)
    page.get_by_label("Type").fill("RelationalTable")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name=f"Lineage of {words}").click()


def test_lineage_is_followed_by_mouse_and_keyboard(program: Running, opened: Opened) -> None:
    page = opened(program, viewport={"width": 360, "height": 800})
    find(page, "report")
    told, start = page.get_by_role("status").filter(has_text="element"), page.locator(".lineage .start .called")
    expect(told).to_have_text("2 other elements, 3 relationships.")
    expect(page.locator(".lineage .edge")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.locator(".lineage .start").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".lineage g:focus .called")).to_have_text("costs")
    expect(page.locator(".lineage .edge.near")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(start).to_have_text("costs")
    expect(page.locator(".lineage g:focus .called")).to_have_text("costs")
    page.get_by_role("button", name="visits, RelationalTable, 1 step away").click()
    expect(start).to_have_text("visits")
    page.go_back()
    expect(start).to_have_text("costs")
    page.go_forward()
    expect(start).to_have_text("visits")

    page.get_by_label("Direction").select_option("upstream")
    expect(page.get_by_role("status").filter(has_text="no known lineage")).to_be_visible()
    page.get_by_label("Columns").check()
    expect(page.locator(".lineage .column")).to_have_count(2)
    page.reload()  # the address has the element, and what is drawn
    expect(start).to_have_text("visits")
    expect(page.get_by_label("Direction")).to_have_value("upstream")
    expect(page.get_by_label("Columns")).to_be_checked()


def test_lineage_is_a_list_as_well(program: Running, opened: Opened) -> None:
    page = opened(program)
    find(page, "report")
    page.get_by_text("As a list").click()
    items = page.locator("ul.reached li")
    expect(items).to_have_count(2)
    expect(items.filter(has_text="visits")).to_contain_text("1 step away, an origin")
    items.get_by_role("link", name="costs").click()
    expect(page.get_by_role("heading", name="costs", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_the_drawing_has_enough_contrast(program: Running, opened: Opened, scheme: str) -> None:
    page = opened(program, color_scheme=scheme)
    find(page, "report")
    expect(page.locator(".lineage .edge")).to_have_count(3)
    assert findings(page) == []
