"""The console page of a daemon with 2,000 connectors: it covers all of them, not only those on the current page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.landing_areas import landing_areas
from tests.end_to_end.program import Running

BAD = range(0, 2000, 87)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two thousand connectors, 23 of which fail."""
    with landing_areas(tmp_path_factory.mktemp("landing"), 2000, bad=BAD) as program:
        yield program


@pytest.fixture
def page(program: Running, opened: Opened) -> Page:
    """The console, with the first page of the connectors."""
    page = opened(program)
    expect(page.locator("#range")).to_have_text("1-200 of 2,000")
    return page


def row(page: Page, name: str) -> Locator:
    """The row of a connector."""
    return page.locator("#table tbody").filter(has=page.get_by_text(name, exact=True))


def updated(program: Running, page: Page) -> None:
    """Change a connector, and wait until the page has shown an answer that has it."""
    with page.expect_response(lambda response: "/connectors?" in response.url and response.status == 200):
        program.post("/api/v1/connectors/area%201/refresh")


def test_counts_cover_all_connectors_and_failed_ones_come_first(page: Page) -> None:
    expect(page.locator("#counts button")).to_have_text(["2,000 in all", "23 failed", "1,977 waiting"])
    names = page.locator("#table tbody .name")
    expect(names).to_have_count(200)
    assert names.all_inner_texts()[:24] == [*(f"area {number}" for number in BAD), "area 1"]
    reasons = [f"ValueError: no columns in the files of area {number}" for number in BAD]
    expect(page.locator("#table tbody .message")).to_have_text(reasons)


def test_the_operator_can_page_through_the_connectors(page: Page) -> None:
    expect(page.locator("#range")).to_have_text("1-200 of 2,000")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#range")).to_have_text("201-400 of 2,000")
    expect(page.locator("#table tbody .name").first).to_have_text("area 180")
    page.get_by_role("button", name="Previous").click()
    expect(page.locator("#range")).to_have_text("1-200 of 2,000")
    page.get_by_role("button", name="23 failed").click()
    expect(page.locator("#range")).to_have_text("1-23 of 23")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


def test_a_filter_searches_all_connectors_and_not_only_the_current_page(page: Page) -> None:
    page.get_by_label("Part of the connector's name").fill("AREA 1999")
    expect(page.locator("#table tbody .name")).to_have_text(["area 1999"])
    expect(page.locator("#counts button")).to_have_text(["1 in all", "1 waiting"])
    page.get_by_label("Part of the connector's name").fill("area 19")
    expect(page.locator("#counts button")).to_have_text(["111 in all", "1 failed", "110 waiting"])
    page.get_by_role("combobox", name="Kind of failure").select_option("DEFECT")
    expect(page.locator("#table tbody .name")).to_have_text(["area 1914"])
    page.get_by_role("combobox", name="Kind of failure").select_option("TIMEOUT")
    expect(page.locator("#range")).to_have_text("No connector matches the filter.")
    page.get_by_role("button", name="Clear filter").click()
    expect(page.locator("#range")).to_have_text("1-200 of 2,000")


def test_a_filter_typed_during_a_request_shows_only_its_own_answer(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "text=" in route.request.url:
            route.continue_()
        else:
            held.append(route)

    page.route("**/connectors?*", hold)
    page.get_by_role("button", name="23 failed").click()  # its answer does not come
    page.evaluate("""
        window.shown = [];
        new MutationObserver(() => window.shown.push(document.getElementById("range").textContent))
            .observe(document.getElementById("range"), { childList: true, characterData: true, subtree: true });
    """)
    page.get_by_label("Part of the connector's name").fill("area 1914")
    expect(page.locator("#range")).to_have_text("1-1 of 1")
    for route in held:
        route.fulfill(json={"total": 0, "counts": {}, "services": [], "connectors": []})
    assert page.evaluate("window.shown") == ["1-1 of 1"]


def test_a_selection_survives_updates(program: Running, page: Page) -> None:
    message = row(page, "area 87").locator(".message")
    message.select_text()
    updated(program, page)
    assert page.evaluate("getSelection().toString()") == "ValueError: no columns in the files of area 87"


def test_a_failed_operation_is_reported_until_dismissed(program: Running, page: Page) -> None:
    row(page, "area 174").get_by_role("button", name="Restart").click()
    failed = page.locator("#messages .failed")
    expect(failed).to_contain_text("Restart of area 174: ")
    expect(failed).to_contain_text("no columns in the files of area 174")
    updated(program, page)
    expect(failed).to_contain_text("no columns in the files of area 174")
    expect(page.locator("#connection")).to_have_text("Live")
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)


def test_an_action_on_many_connectors_asks_for_confirmation_with_count_and_filter(program: Running, page: Page) -> None:
    def incarnations() -> set[int]:
        found = program.get("/api/v1/connectors?text=area 199&limit=1000")["connectors"]
        return {each["incarnation"] for each in found}

    before = incarnations()
    dialog = page.get_by_role("dialog")
    for what in ("Restart", "Refresh"):
        page.get_by_role("button", name=f"{what} all 2,000").click()
        expect(dialog).to_contain_text(f"{what} 2,000 connectors?")
        expect(dialog).to_contain_text("all connectors of exchangeDL01")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    page.get_by_label("Part of the connector's name").fill("area 199")
    page.get_by_role("button", name="11 waiting").click()
    page.get_by_role("button", name="Restart all 11").click()
    expect(dialog).to_contain_text("Restart 11 connectors?")
    expect(dialog).to_contain_text("“area 199” in the name, state WAITING")
    page.keyboard.press("Enter")  # presses Cancel, which has the focus
    expect(dialog).to_be_hidden()
    assert incarnations() == before == {1}
    page.get_by_role("button", name="Restart all 11").click()
    dialog.get_by_role("button", name="Restart 11 connectors").click()
    expect(page.locator("#messages .done")).to_contain_text("Restarted 11 connectors")
    assert incarnations() == {2}
    assert program.get("/api/v1/connectors/area%20198")["incarnation"] == 1


def test_the_keyboard_focus_survives_operations_and_updates(program: Running, page: Page) -> None:
    button = row(page, "area 87").get_by_role("button", name="Refresh")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages .failed")).to_contain_text("area 87")
    updated(program, page)
    expect(button).to_be_focused()
    page.keyboard.press("Tab")
    expect(row(page, "area 87").get_by_role("button", name="Restart")).to_be_focused()
