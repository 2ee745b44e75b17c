"""The audit log on the console: filtered, live, paused, and read back as far as the server keeps it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.landing_areas import landing_areas
from tests.end_to_end.program import Running

MOST_ROWS = 500
NUMBERS = "() => [...document.querySelectorAll('tr[data-number]')].map((each) => Number(each.dataset.number))"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon with many records."""
    with landing_areas(tmp_path_factory.mktemp("landing"), 200, bad=[7]) as program:
        program.post("/api/v1/connectors/refresh")
        yield program


def open_log(page: Page) -> None:
    page.get_by_role("link", name="Audit log", exact=True).click()
    expect(page.locator("table.log tbody tr")).to_have_count(100)


def test_records_are_filtered_and_tell_what_to_do(program: Running, opened: Opened) -> None:
    page = opened(program)
    open_log(page)
    rows = page.locator("table.log tbody tr")
    page.get_by_label("Severity").select_option("Problems")
    page.get_by_label("Connector").fill("area 7")
    page.keyboard.press("Enter")
    expect(rows.filter(has_text="no columns in the files of area 7").first).to_be_visible()
    expect(rows.filter(has_not_text="area 7")).to_have_count(0)
    row = rows.filter(has_text="no columns").first
    row.locator("summary").click()
    expect(row).to_contain_text("System action")
    expect(row).to_contain_text("User action")
    expect(row.get_by_role("link", name="area 7")).to_have_attribute(
        "href", "#/servers/exchangeDL01/connectors/area%207"
    )
    row.get_by_role("link", name="All records of this message").click()
    expect(page.get_by_label("Message")).not_to_have_value("")
    page.reload()  # the address has the filter
    expect(page.get_by_label("Connector")).to_have_value("area 7")

    page.get_by_role("button", name="Clear filter").click()
    expect(rows).to_have_count(100)
    page.get_by_label("Text").fill("files of AREA 7")
    page.keyboard.press("Enter")
    expect(rows.filter(has_not_text="area 7")).to_have_count(0)
    page.get_by_label("Until").fill("2020-01-01T00:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="No records match the filter.")).to_be_visible()


def test_new_records_are_shown_as_they_come_until_the_log_is_paused(program: Running, opened: Opened) -> None:
    page = opened(program)
    open_log(page)
    page.get_by_label("Connector").fill("area 3")
    page.keyboard.press("Enter")
    rows = page.locator("table.log tbody tr")
    expect(rows.first).to_be_visible()
    expect(rows.filter(has_not_text="area 3")).to_have_count(0)
    before = rows.count()
    program.post("/api/v1/connectors/area%203/restart")
    expect(rows.nth(before)).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    paused = rows.count()
    newest = rows.first.inner_text()
    program.post("/api/v1/connectors/area%203/restart")
    expect(page.get_by_role("button", name="Show new records")).to_be_visible()
    assert (rows.count(), rows.first.inner_text()) == (paused, newest)
    page.get_by_role("button", name="Show new records").click()
    expect(rows.nth(paused)).to_be_visible()


def test_older_records_are_read_back_in_a_bounded_number_of_rows(program: Running, opened: Opened) -> None:
    page = opened(program)
    open_log(page)
    rows = page.locator("table.log tbody tr")
    seen = rows.last.get_attribute("data-number")
    for count in (200, 300, 400, 500, 500):
        page.get_by_role("button", name="Older records").click()
        expect(rows.last).not_to_have_attribute("data-number", str(seen))
        seen = rows.last.get_attribute("data-number")
        assert rows.count() == count <= MOST_ROWS
    numbers = page.evaluate(NUMBERS)
    assert numbers == list(range(numbers[0], numbers[0] - MOST_ROWS, -1))
    page.get_by_role("button", name="Show newest records").click()
    expect(rows).to_have_count(100)
