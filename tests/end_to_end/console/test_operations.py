"""Operations that take long: the console tells how far they are, and cancels them."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.landing_areas import landing_areas


def refresh_all(page: Page) -> None:
    page.get_by_role("checkbox", name="Select all connectors on this page").check()
    page.get_by_role("button", name="Refresh", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Refresh 3 connectors").click()


def test_an_operation_tells_how_far_it_is_and_can_be_cancelled(tmp_path: Path, opened: Opened) -> None:
    with landing_areas(tmp_path, 3) as program:
        page = opened(program)
        expect(page.locator(".connectors tbody")).to_have_count(3)
        message = page.locator("#messages p")
        (tmp_path / "gate").touch()
        refresh_all(page)
        expect(message).to_contain_text("Refreshing 3 connectors … 0 of 3")
        message.get_by_role("button", name="Cancel").click()
        expect(message).to_contain_text("Cancelled: 3 cancelled")
        message.get_by_role("button", name="Dismiss").click()
        refresh_all(page)
        expect(message).to_contain_text("0 of 3")
        (tmp_path / "gate").unlink()
        expect(message).to_contain_text("Refreshed 3 connectors")
