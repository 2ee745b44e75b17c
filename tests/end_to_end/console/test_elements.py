"""Elements are found on the console, and one is shown with all that is known of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import hospital
from tests.end_to_end.program import Running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with hospital(tmp_path_factory.mktemp("hospital"), files=60) as program:
        yield program


def search(page: Page, **fields: str) -> None:
    page.get_by_role("link", name="Elements", exact=True).click()
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Search", exact=True).click()


def test_elements_are_found_by_words_type_and_connector(program: Running, opened: Opened) -> None:
    page = opened(program)
    search(page, Words="report", Type="RelationalTable")
    rows = page.locator("table.elements tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("report")
    expect(rows).to_contain_text("HospitalMonitor source")
    page.reload()  # the address has the search
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Words")).to_have_value("report")

    page.get_by_role("button", name="Clear filter").click()
    page.get_by_label("Connector").fill("LetterFiles")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(11)  # 60 files and their folder
    page.go_back()
    expect(rows).to_have_count(50)
    search(page, Words="nothing-of-the-kind")
    expect(page.get_by_role("status").filter(has_text="No elements match the filter.")).to_be_visible()


def test_an_element_tells_where_it_comes_from_and_leads_to_what_it_is_related_to(
    program: Running, opened: Opened
) -> None:
    page = opened(program)
    search(page, Words="costs", Type="RelationalTable")
    page.get_by_role("link", name="costs", exact=True).click()
    expect(page.get_by_role("heading", name="costs", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Properties")).to_contain_text("qualifiedName")
    origin = page.get_by_role("region", name="Provenance")
    expect(origin).to_contain_text("HospitalMonitor source")
    expect(origin.get_by_role("link", name="HospitalMonitor", exact=True)).to_have_attribute(
        "href", "#/servers/exchangeDL01/connectors/HospitalMonitor"
    )
    related = page.get_by_role("region", name="Relationships")
    rows = related.locator("tbody tr")
    related.get_by_role("link", name="2 DataFlow").click()
    expect(rows).to_have_count(2)
    related.get_by_role("link", name="visits").click()
    expect(page.get_by_role("heading", name="visits", exact=True)).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(2)


def test_the_relationships_of_an_element_come_in_pages(program: Running, opened: Opened) -> None:
    page = opened(program)
    search(page, Type="FileFolder")
    page.get_by_role("link", name="letters", exact=True).click()
    related = page.get_by_role("region", name="Relationships")
    expect(related.locator("tbody tr")).to_have_count(50)
    related.get_by_role("link", name="Next").click()
    expect(related.locator("tbody tr")).to_have_count(10)
    expect(related).to_contain_text("51-60 of 60")


def test_an_element_that_is_not_there_is_a_notice(program: Running, opened: Opened) -> None:
    page = opened(program, complains=False)
    page.evaluate("location.hash = '#/servers/exchangeDL01/elements/nobody'")
    expect(page.get_by_role("alert").filter(has_text="nobody")).to_be_visible()
