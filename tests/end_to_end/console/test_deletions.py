"""Held deletions are decided on the console page."""

from pathlib import Path

from playwright.sync_api import expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.program import Running, running
from tests.end_to_end.test_reload import document


def catalogued(program: Running) -> int:
    return len(program.get("/api/v1/elements?type=DataFile&limit=1000")["elements"])


def test_held_deletions_are_shown_and_can_be_decided(tmp_path: Path, opened: Opened) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(60):
            (tmp_path / name / f"{number}.csv").write_text("x")
    (tmp_path / "daemon.json").write_text(document("a", "b"))
    with running(tmp_path, "daemon.json") as program:
        program.post("/api/v1/connectors/refresh")
        page = opened(program)
        held = page.get_by_role("region", name="Deletions held")
        page.get_by_role("link", name="Deletions").click()
        expect(held.locator("tbody tr")).to_have_count(0)
        assert catalogued(program) == 120
        for name in "ab":
            for number in range(40):
                (tmp_path / name / f"{number}.csv").unlink()
        program.post("/api/v1/connectors/refresh")
        expect(held.locator("tbody tr")).to_have_count(2)
        expect(held.locator("tbody .gone")).to_have_text(["40 of 61", "40 of 61"])
        expect(held.locator("tbody tr").first).to_contain_text("and 37 more")
        page.get_by_role("link", name="Connectors").click()
        expect(page.locator("#table")).to_contain_text("40 deletions held")
        page.go_back()

        held.get_by_role("button", name="Reject the deletions of a").click()
        expect(page.locator("#messages .done")).to_contain_text("40 elements of a stay in the catalogue")
        expect(held.get_by_role("button", name="Reject the deletions of a")).to_be_disabled()

        dialog = page.get_by_role("dialog")
        held.get_by_role("button", name="Approve the deletions of b").click()
        expect(dialog).to_contain_text("Remove 40 elements from the catalogue?")
        dialog.get_by_role("button", name="Cancel").click()
        assert catalogued(program) == 120
        held.get_by_role("button", name="Approve the deletions of b").click()
        dialog.get_by_role("button", name="Remove 40 elements").click()
        expect(page.locator("#messages .done").last).to_contain_text("40 elements of b are removed")
        assert catalogued(program) == 80
        expect(held.locator("tbody tr")).to_have_count(1)
        (kept,) = program.get("/api/v1/deletions")["deletions"]
        assert (kept["connectorName"], kept["held"][0]["rejected"]) == ("a", True)
