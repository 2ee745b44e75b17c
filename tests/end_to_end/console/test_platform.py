"""The platform on the console: its servers, and the incidents that are open. Viewers are offered what they may do."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import hospital
from tests.end_to_end.console.landing_areas import landing_areas
from tests.end_to_end.program import command
from tests.servers.alert_receivers import webhook


def go_to(page: Page, page_name: str) -> None:
    page.evaluate(f"location.hash = '#/servers/exchangeDL01/{page_name}'")


def test_servers_and_open_incidents_are_shown(tmp_path: Path, opened: Opened) -> None:
    with webhook() as hook:
        alerts = {"after": 0, "receivers": [{"webhook": hook.url}]}
        with landing_areas(tmp_path, 4, bad=[2], alerts=alerts) as program:
            program.post("/api/v1/connectors/refresh")
            page = opened(program)
            page.get_by_role("link", name="Platform", exact=True).click()
            card = page.locator(".server-card").filter(has_text="exchangeDL01")
            expect(card).to_contain_text("Running")
            expect(card).to_contain_text("4 connectors")
            incident = page.locator(".incident")
            expect(incident).to_contain_text("no columns in the files of area 2")
            expect(incident.get_by_role("link", name="area 2")).to_have_attribute(
                "href", "#/servers/exchangeDL01/connectors/area%202"
            )
            card.get_by_role("link", name="1 degraded").click()
            expect(page).to_have_url(re.compile(r"/connectors\?condition=DEGRADED$"))


def test_a_viewer_is_told_what_it_may_not_see_and_offered_no_action(tmp_path: Path, opened: Opened) -> None:
    with hospital(tmp_path, files=60) as program:
        for number in range(40):
            (tmp_path / "letters" / f"letter {number:03}.csv").unlink()
        program.post("/api/v1/connectors/refresh")
        token = command("token", "create", "--name", "vera", "--role", "viewer", cwd=tmp_path).stdout.split()[-1]
        page = opened(program, token=token)
        expect(page.get_by_role("link", name="Audit log", exact=True)).to_be_visible()
        for hidden in ("Elements", "Documents"):
            expect(page.get_by_role("link", name=hidden, exact=True)).to_have_count(0)
        go_to(page, "deletions")
        expect(page.locator(".removal")).to_contain_text("40 of the 61 elements")
        expect(page.locator("main").get_by_role("button")).to_have_count(0)
        go_to(page, "elements")
        expect(page.get_by_role("alert").filter(has_text="You have no permission to read the elements")).to_be_visible()
        go_to(page, "documents")
        refusal = page.get_by_role("alert").filter(has_text="no permission to see the configuration document")
        expect(refusal).to_be_visible()
        go_to(page, "platform")
        expect(page.locator(".server-card")).to_contain_text("2 connectors")
