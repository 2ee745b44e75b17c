"""The console without a connection, and how its files are served."""

from pathlib import Path

from playwright.sync_api import expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.landing_areas import landing_areas


def test_a_lost_connection_is_reported_at_once_and_old_data_is_greyed_out(tmp_path: Path, opened: Opened) -> None:
    with landing_areas(tmp_path, 3) as program:
        page = opened(program)
        expect(page.locator(".connectors tbody")).to_have_count(3)
        grey = page.locator("main")
        expect(grey).to_have_css("filter", "none")
        page.context.set_offline(True)
        expect(page.get_by_role("alert")).to_contain_text("The daemon cannot be reached.")
        expect(page.locator("#connection")).to_have_text("Connection lost")
        expect(grey).to_have_css("filter", "grayscale(1)")
        page.context.set_offline(False)
        expect(page.locator("#connection")).to_have_text("Live")
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(grey).to_have_css("filter", "none")
    expect(page.get_by_role("alert")).to_contain_text("Connection lost at")
    expect(page.get_by_role("alert")).to_contain_text("The page shows the data of that time")
    expect(grey).to_have_css("filter", "grayscale(1)")
    expect(page.locator(".connectors tbody")).to_have_count(3)


def test_a_page_that_could_not_be_loaded_is_loaded_once_the_daemon_can_be_reached(
    tmp_path: Path, opened: Opened
) -> None:
    with landing_areas(tmp_path, 3) as program:
        page = opened(program)
        expect(page.locator(".connectors tbody")).to_have_count(3)
        page.route("**/audit_log/log.js", lambda route: route.abort())
        page.get_by_role("link", name="Audit log").click()
        expect(page.get_by_role("alert")).to_contain_text("audit_log/log.js")
        page.unroute_all()
        page.context.set_offline(True)
        expect(page.locator("#connection")).to_have_text("Connection lost")
        page.context.set_offline(False)
        expect(page.get_by_role("heading", name="Audit log", level=1)).to_be_visible()


def test_the_page_comes_with_a_strict_policy_and_an_icon(tmp_path: Path, opened: Opened) -> None:
    with landing_areas(tmp_path, 1) as program:
        page = opened(program)
        answer = page.goto(program.url)
        assert answer is not None
        policy = answer.headers["content-security-policy"].split("; ")
        assert "default-src 'self'" in policy
        assert not [each for each in policy if "unsafe" in each or "http" in each]
        icon = page.locator("link[rel=icon]").get_attribute("href")
        shown = page.request.get(f"{program.url}/{icon}")
        assert (shown.status, shown.headers["content-type"]) == (200, "image/svg+xml")
        module = f"{program.url}/shared/api.js"
        etag = page.request.get(module).headers["etag"]
        assert page.request.get(module, headers={"If-None-Match": etag}).status == 304
