"""The document of a server on the console: versions, what differs, edited with help, applied, restored."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.hospital import hospital
from tests.end_to_end.program import Running

CONNECTORS = "integrationConnectorConfigs"


def open_documents(page: Page) -> None:
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator("table.versions tbody tr").first).to_be_visible()


def edit(page: Page, change: Any, service: int = 0) -> Locator:
    """Change a connector in the editor, which is returned."""
    editor = page.get_by_label("The document as JSON")
    document = json.loads(editor.input_value())
    change(document["integrationServicesConfig"][service][CONNECTORS][0])
    editor.fill(json.dumps(document, indent=2))
    return editor


def stored(program: Running, directory: Path) -> str:
    number = program.get("/api/v1/servers/exchangeDL01/documents")["versions"][0]["number"]
    place = directory / "data" / "servers" / "exchangeDL01" / "config" / "documents"
    return (place / f"{number}.json").read_text()


def compare_and_restore(page: Page) -> None:
    """Read the difference of two versions, line by line and field by field, and restore the first."""
    page.get_by_role("link", name="Compare 1 and 2").click()
    expect(page.locator("table.diff tr.added")).to_contain_text(['"refreshTimeInterval": 5'])
    page.get_by_role("link", name="Field by field").click()
    expect(page.locator(".field-difference")).to_have_count(1)
    expect(page.locator(".field-difference .added")).to_contain_text("5")
    assert "hunter2" not in page.content()

    page.get_by_role("button", name="Restore version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore version 1").click()
    expect(page.locator("#messages .done").last).to_contain_text("Version 3 is in effect")
    expect(page.locator("table.versions tbody tr")).to_have_count(3)
    expect(page.locator("table.versions tbody tr").first).to_contain_text("Earlier version restored")


def test_a_document_is_edited_checked_applied_and_restored(tmp_path: Path, opened: Opened) -> None:
    with hospital(tmp_path) as program:
        page = opened(program)
        open_documents(page)
        page.get_by_role("link", name="Edit the document").click()
        editor = page.get_by_label("The document as JSON")
        expect(editor).to_be_visible()
        assert '"clearPassword": "********"' in editor.input_value()

        # what is wrong with a field is told with its line, and is not applied
        edit(page, lambda each: each.update(refreshTimeIntervall=5, refreshTimeInterval="soon"))
        page.get_by_role("button", name="Check").click()
        problems = page.locator("ul.problems li.error")
        expect(problems).to_have_count(1)
        expect(page.locator("ul.problems li.warning").filter(has_text="refreshTimeIntervall")).to_have_count(1)
        problems.get_by_role("button", name="Go to line").click()
        assert "soon" in page.evaluate(SELECTED)
        expect(page.locator(".editor .numbers .error")).to_have_count(1)
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("status").filter(has_text="the document cannot be applied")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)

        # a secret that was shown as asterisks is kept; asterisks that stand for no secret are refused
        page.get_by_role("button", name="Discard changes").click()
        edit(page, lambda each: each["connection"].update(clearPassword="********", encryptedPassword="********"))
        page.get_by_role("button", name="Check").click()
        expect(problems).to_have_count(1)
        expect(problems).to_contain_text("connection.encryptedPassword")
        page.get_by_role("button", name="Discard changes").click()
        edit(page, lambda each: each.update(refreshTimeInterval=5))
        page.get_by_label("Roll back after").select_option("0")
        page.get_by_role("button", name="Apply").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("[HospitalMonitor].refreshTimeInterval")
        dialog.get_by_role("button", name="Apply").click()
        expect(page.locator("#messages .done")).to_contain_text("Version 2 is in effect: 1 connector changed")
        content = stored(program, tmp_path)
        assert ("hunter2" in content, "***" in content) == (True, False)
        compare_and_restore(page)
        assert '"refreshTimeInterval": 5' not in stored(program, tmp_path)


SELECTED = """
() => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value.slice(selectionStart, selectionEnd);
}
"""


def test_a_change_on_trial_is_rolled_back_on_request_and_a_draft_is_kept(tmp_path: Path, opened: Opened) -> None:
    with hospital(tmp_path) as program:
        page = opened(program)
        open_documents(page)
        page.get_by_role("link", name="Edit the document").click()
        edit(page, lambda each: each.update(refreshTimeInterval=7))
        page.get_by_role("link", name="Audit log", exact=True).click()
        page.go_back()
        expect(page.get_by_role("status").filter(has_text="Your earlier changes were restored")).to_be_visible()
        page.get_by_label("Roll back after").select_option("900")
        page.get_by_role("button", name="Apply").click()
        page.get_by_role("dialog").get_by_role("button", name="Apply").click()
        trial = page.locator(".notice.wait")
        expect(trial).to_contain_text("Version 2 is on trial.")
        trial.get_by_role("button", name="Roll back to version 1 now").click()
        page.get_by_role("dialog").get_by_role("button", name="Restore version 1").click()
        expect(page.locator("table.versions tbody tr").first).to_contain_text("Earlier version restored")


def apply_without_rollback(page: Page) -> None:
    page.get_by_label("Roll back after").select_option("0")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()


def test_a_change_of_a_version_that_is_no_longer_the_newest_is_refused_and_kept(tmp_path: Path, opened: Opened) -> None:
    with hospital(tmp_path) as program:
        page = opened(program)
        open_documents(page)
        page.get_by_role("link", name="Edit the document").click()
        editor = edit(page, lambda each: each.update(refreshTimeInterval=5))
        other = program.get("/api/v1/servers/exchangeDL01/documents/1")["document"]
        other["integrationServicesConfig"][1][CONNECTORS][0]["refreshTimeInterval"] = 9
        assert program.post("/api/v1/servers/exchangeDL01/reload?user=peter", other)["version"] == 2

        apply_without_rollback(page)
        refused = page.locator(".notice.problem")
        expect(refused).to_contain_text("Version 2 was stored after you began to edit")
        expect(refused).to_contain_text("peter")
        assert '"refreshTimeInterval": 5' in editor.input_value()
        assert '"refreshTimeInterval":5' not in stored(program, tmp_path).replace(" ", "")

        # the other change can be looked at; the text is still there, and is still based on version 1
        refused.get_by_role("link", name="Compare 1 and 2").click()
        expect(page.locator("table.diff tr.added")).to_contain_text(['"refreshTimeInterval": 9'])
        page.go_back()
        expect(editor).to_have_value(re.compile('"refreshTimeInterval": 5'))
        apply_without_rollback(page)
        refused.get_by_role("button", name="Continue with version 2").click()
        expect(page.locator(".found .field-difference")).to_have_count(2)  # it would undo the other change
        edit(page, lambda each: each.update(refreshTimeInterval=9), service=1)
        apply_without_rollback(page)
        expect(page.locator("#messages .done")).to_contain_text("Version 3 is in effect: 1 connector changed")
        content = stored(program, tmp_path).replace(" ", "")
        assert ('"refreshTimeInterval":5' in content, '"refreshTimeInterval":9' in content) == (True, True)

        # a version is restored only in place of the version that was the newest when its button was pressed
        page.get_by_role("button", name="Restore version 1").click()
        assert program.post("/api/v1/servers/exchangeDL01/reload?user=peter", other)["version"] == 4
        page.get_by_role("dialog").get_by_role("button", name="Restore version 1").click()
        expect(page.locator("#messages .failed").last).to_contain_text("the newest version is 4, by peter")
        expect(page.locator("table.versions tbody tr")).to_have_count(4)
