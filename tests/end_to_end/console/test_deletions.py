"""Held deletions are decided on the console page."""

from pathlib import Path

from playwright.sync_api import expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.program import Running, running
from tests.end_to_end.test_reload import document


def catalogued(program: Running) -> int:
    return len(program.get("/api/v1/elements?type=DataFile&limit=1000")["elements"])


def lose(directory: Path, *names: str) -> None:
    for name in names:
        for number in range(40):
            (directory / name / f"{number}.csv").unlink()


def test_held_deletions_are_shown_and_can_be_decided(tmp_path: Path, opened: Opened) -> None:
    for name in "abcd":
        (tmp_path / name).mkdir()
        for number in range(60):
            (tmp_path / name / f"{number}.csv").write_text("x")
    (tmp_path / "daemon.json").write_text(document("a", "b", "c", "d"))
    with running(tmp_path, "daemon.json") as program:
        program.post("/api/v1/connectors/refresh")
        page = opened(program)
        page.get_by_role("link", name="Deletions", exact=True).click()
        items, dialog = page.locator(".removal"), page.get_by_role("dialog")
        expect(page.get_by_role("status").filter(has_text="No held deletions.")).to_be_visible()
        expect(items).to_have_count(0)
        lose(tmp_path, "a", "b", "c", "d")
        program.post("/api/v1/connectors/refresh")
        expect(items).to_have_count(4)
        first = items.filter(has=page.get_by_role("link", name="a", exact=True))
        expect(first).to_contain_text("40 of the 61 elements (66 %)")
        expect(first).to_contain_text("40 elements to remove")
        expect(first.locator(".gone li")).to_have_count(40)
        expect(first.locator(".gone li").first).to_have_text("0.csv")

        page.get_by_role("button", name="Reject the deletions of a in").click()
        expect(dialog).to_contain_text("Keep 40 elements in the catalogue?")
        dialog.get_by_role("button", name="Keep 40 elements").click()
        expect(page.locator("#messages .done")).to_contain_text("40 elements of a stay in the catalogue")
        expect(page.get_by_role("button", name="Reject the deletions of a in")).to_be_disabled()

        page.get_by_role("button", name="Approve the deletions of b in").click()
        dialog.get_by_role("button", name="Cancel").click()
        assert catalogued(program) == 240
        page.get_by_role("button", name="Approve the deletions of b in").click()
        dialog.get_by_role("button", name="Remove 40 elements").click()
        expect(page.locator("#messages .done").last).to_contain_text("40 elements of b were removed")
        assert catalogued(program) == 200
        expect(items).to_have_count(3)

        page.get_by_role("button", name="Approve all").click()
        expect(dialog).to_contain_text("Remove 80 elements from the catalogue?")
        expect(dialog).to_contain_text("2 connectors: c, d")
        dialog.get_by_role("button", name="Remove 80 elements").click()
        expect(page.locator("#messages .done").last).to_contain_text("2 of 2 held deletions approved")
        assert catalogued(program) == 120
        expect(items).to_have_count(1)
        (kept,) = program.get("/api/v1/deletions")["deletions"]
        assert (kept["connectorName"], kept["held"][0]["rejected"]) == ("a", True)

        page.get_by_role("link", name="History of the deletions of a").click()
        expect(page.locator("table.log tbody tr")).to_have_count(2)  # held, and rejected
