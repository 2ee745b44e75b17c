"""The list of connectors of a daemon with 2,000 of them: it covers all of them, not only those on the current page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.landing_areas import landing_areas
from tests.end_to_end.program import Running

BAD = range(0, 2000, 87)
SHOWN = 100
"""Connectors on a page."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two thousand connectors, 23 of which fail."""
    with landing_areas(tmp_path_factory.mktemp("landing"), 2000, bad=BAD) as program:
        yield program


@pytest.fixture
def page(program: Running, opened: Opened) -> Page:
    """The console, with the first page of the connectors."""
    page = opened(program)
    expect(page.locator(".paging span")).to_have_text("1-100 of 2,000")
    return page


def row(page: Page, name: str) -> Locator:
    """The row of a connector."""
    return page.locator(".connectors tbody").filter(has=page.get_by_role("link", name=name, exact=True))


def chip(page: Page, text: str) -> Locator:
    """A choice of the filter, by its value and its number."""
    return page.locator(".facets").get_by_role("link", name=text, exact=True)


def names(page: Page) -> Locator:
    return page.locator(".connectors tbody a.name")


def range_of(page: Page) -> Locator:
    return page.locator(".paging span")


def updated(program: Running, page: Page) -> None:
    """Refresh a connector, and wait until the page has shown an answer that has it."""
    with page.expect_response(lambda response: "/connectors?" in response.url and response.status == 200):
        program.post("/api/v1/connectors/area%201/refresh")
    expect(page.locator(".connectors")).not_to_have_attribute("aria-busy", "true")


def test_counts_cover_all_connectors_and_failed_ones_come_first(page: Page) -> None:
    expect(page.locator(".headline")).to_have_text("2,000 in total, 1,977 healthy, 23 failed")
    expect(chip(page, "failed 23")).to_be_visible()
    expect(names(page)).to_have_count(SHOWN)
    assert names(page).all_inner_texts()[:24] == [*(f"area {number}" for number in BAD), "area 1"]
    reasons = [f"ValueError: no columns in the files of area {number}" for number in BAD]
    expect(page.locator(".connectors .message")).to_have_text(reasons)


def test_the_operator_can_page_through_the_connectors(page: Page) -> None:
    expect(page.get_by_text("Previous")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name="Next").click()
    expect(range_of(page)).to_have_text("101-200 of 2,000")
    expect(names(page).first).to_have_text("area 78")
    page.go_back()
    expect(range_of(page)).to_have_text("1-100 of 2,000")
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Previous").click()
    expect(range_of(page)).to_have_text("1-100 of 2,000")


def test_the_address_has_the_filter_and_choices_of_it_are_links(page: Page) -> None:
    chip(page, "failed 23").click()
    expect(names(page)).to_have_count(23)
    expect(chip(page, "failed 23")).to_have_attribute("aria-current", "true")
    page.get_by_label("Part of the connector's name").fill("area 87")
    expect(names(page)).to_have_text(["area 87", "area 870"])
    expect(page.locator(".headline")).to_have_text("2 connectors match the filter")
    assert page.url.endswith("connectors?state=FAILED&text=area+87")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="area 87", exact=True).click(modifiers=["Control"])
    expect(opening.value.get_by_role("heading", level=1)).to_have_text("area 87")
    page.reload()
    expect(names(page)).to_have_text(["area 87", "area 870"])
    chip(page, "failed 2").click()
    expect(names(page)).to_have_count(11)
    page.go_back()
    expect(names(page)).to_have_count(2)
    page.go_back()
    expect(range_of(page)).to_have_text("1-100 of 2,000")


def test_a_search_covers_all_connectors_and_not_only_the_current_page(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("AREA 1999")
    expect(names(page)).to_have_text(["area 1999"])
    expect(chip(page, "waiting 1")).to_be_hidden()  # there is nothing to choose
    page.get_by_label("Part of the connector's name").fill("area 19")
    expect(chip(page, "waiting 110")).to_be_visible()
    chip(page, "failed 1").click()
    expect(names(page)).to_have_text(["area 1914"])
    page.goto(f"{page.url}&failureKind=TIMEOUT")
    expect(page.get_by_text("No connectors match the filter.")).to_be_visible()
    page.locator(".search").get_by_role("link", name="Clear filter").click()
    expect(range_of(page)).to_have_text("1-100 of 2,000")


def test_the_headings_sort_all_connectors(page: Page) -> None:
    heading = page.get_by_role("columnheader", name="Connector", exact=True)
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(names(page).nth(2)).to_have_text("area 10")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(names(page).first).to_have_text("area 999")
    heading.get_by_role("link").click()
    expect(names(page).nth(1)).to_have_text("area 87")


def test_an_answer_to_an_earlier_request_is_not_shown(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "text=" in route.request.url:
            route.continue_()
        else:
            held.append(route)

    page.route("**/connectors?*", hold)
    with page.expect_request("**/connectors?*state=FAILED*"):
        chip(page, "failed 23").click()  # its answer does not come
    page.get_by_label("Part of the connector's name").fill("area 1914")
    expect(names(page)).to_have_text(["area 1914"])
    for route in held:
        route.fulfill(json={"total": 0, "counts": {}, "services": [], "connectors": []})
    expect(names(page)).to_have_text(["area 1914"])


def test_an_update_touches_only_the_cells_that_have_changed(program: Running, page: Page) -> None:
    message = row(page, "area 87").locator(".message")
    message.select_text()
    page.mouse.wheel(0, 700)
    page.wait_for_function("() => scrollY > 0")
    scrolled = page.evaluate("scrollY")
    page.evaluate("""() => {
        window.touched = new Set();
        const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement).closest("tbody");
        const isTime = (node) => (node.nodeType === 1 ? node : node.parentElement).closest("time");
        const note = (records) => {
            for (const { target, addedNodes, removedNodes } of records) {
                if (isTime(target)) continue;  // these go on by themselves
                window.touched.add(rowOf(target)?.querySelector("a.name").textContent ?? target.tagName);
                for (const each of [...addedNodes, ...removedNodes]) {
                    if (each.tagName === "TBODY") window.touched.add(each.querySelector("a.name").textContent);
                }
            }
        };
        const options = { childList: true, characterData: true, attributes: true, subtree: true };
        new MutationObserver(note).observe(document.querySelector(".connectors"), options);
    }""")
    with page.expect_response(lambda response: "/connectors?" in response.url and '"PAUSED"' in response.text()):
        program.post("/api/v1/connectors/area%203/pause")
    expect(row(page, "area 3").locator(".health")).to_contain_text("Paused")
    program.post("/api/v1/connectors/area%203/resume")
    expect(row(page, "area 3").locator(".health")).to_contain_text("Waiting")
    assert page.evaluate("[...window.touched]") == ["area 3"]
    assert page.evaluate("getSelection().toString()") == "ValueError: no columns in the files of area 87"
    assert page.evaluate("scrollY") == scrolled


def test_the_keyboard_focus_survives_operations_and_updates(program: Running, page: Page) -> None:
    button = row(page, "area 87").get_by_role("button", name="Restart area 87")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The work of the connector is interrupted.")
    page.keyboard.press("Enter")  # presses Cancel, which has the focus
    expect(dialog).to_be_hidden()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Restart").click()
    failed = page.locator("#messages .failed")
    expect(failed).to_contain_text("Restart of area 87: ")
    link = failed.get_by_role("link", name="area 87")
    expect(link).to_have_attribute("href", "#/servers/exchangeDL01/connectors/area%2087")
    expect(failed).to_contain_text("no columns in the files of area 87")
    updated(program, page)
    expect(button).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(row(page, "area 87").get_by_role("link", name="area 87", exact=True)).to_be_focused()
    expect(failed).to_contain_text("no columns in the files of area 87")
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)


def incarnations(program: Running, text: str) -> set[int]:
    found = program.get(f"/api/v1/connectors?text={text}&limit=1000")["connectors"]
    return {each["incarnation"] for each in found}


def test_an_operation_on_ticked_connectors_is_about_these_alone(program: Running, page: Page) -> None:
    dialog = page.get_by_role("dialog")
    expect(page.get_by_role("button", name="Restart", exact=True)).to_be_disabled()
    for name in ("area 2", "area 4"):
        page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()
    expect(page.locator(".selection")).to_contain_text("2 connectors are selected.")
    page.get_by_role("button", name="Restart", exact=True).click()
    expect(dialog).to_contain_text("Restart 2 connectors?")
    expect(dialog.get_by_role("listitem")).to_have_text(["area 2", "area 4"])
    page.keyboard.press("Enter")  # presses Cancel, which has the focus
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Restart", exact=True).click()
    dialog.get_by_role("button", name="Restart 2 connectors").click()
    expect(page.locator("#messages .done")).to_contain_text("Restarted 2 connectors")
    restarted = [program.get(f"/api/v1/connectors/area%20{number}")["incarnation"] for number in range(1, 6)]
    assert restarted == [1, 2, 1, 2, 1]
    expect(page.get_by_role("checkbox", name="Select area 2", exact=True)).not_to_be_checked()


def test_all_that_match_the_filter_are_selected_only_by_a_step_of_its_own(program: Running, page: Page) -> None:
    dialog = page.get_by_role("dialog")
    page.get_by_label("Part of the connector's name").fill("area 15")
    expect(range_of(page)).to_have_text("1-100 of 111")
    page.get_by_role("checkbox", name="Select all connectors on this page").check()
    note = page.locator(".selection")
    expect(note).to_contain_text("100 connectors on this page are selected.")
    note.get_by_role("button", name="Select all 111 that match the filter").click()
    expect(note).to_contain_text("All 111 connectors that match the filter (“area 15” in the name) are selected")
    page.get_by_role("button", name="Restart", exact=True).click()
    expect(dialog).to_contain_text("Restart 111 connectors?")
    expect(dialog).to_contain_text("All connectors of exchangeDL01 with “area 15” in the name: 111 at the moment")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert incarnations(program, "area 159") == {1}
    page.get_by_role("button", name="Restart", exact=True).click()
    dialog.get_by_role("button", name="Restart 111 connectors").click()
    message = page.locator("#messages p")
    expect(message).to_contain_text("1 failed")  # area 1566, again
    expect(message.get_by_role("link", name="area 1566")).to_be_visible()
    assert incarnations(program, "area 159") == {2}
    assert incarnations(program, "area 1999") == {1}
