"""The page of one connector: how it is, what to do, what can be done with it."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.console.conftest import Opened
from tests.end_to_end.console.three_connectors import PASSWORD, three_connectors
from tests.end_to_end.program import Running, command


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connectors")


@pytest.fixture(scope="module")
def program(directory: Path) -> Iterator[Running]:
    with three_connectors(directory) as program:
        yield program


def page_of(opened: Opened, program: Running, connector: str) -> Page:
    """The page of a connector, as it is reached from the list."""
    page = opened(program)
    page.get_by_role("link", name=connector, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(connector)
    expect(page.get_by_role("link", name="Connectors").first).to_have_attribute("aria-current", "true")
    return page


def test_a_failed_connector_tells_what_is_wrong_and_what_to_do(program: Running, opened: Opened) -> None:
    page = page_of(opened, program, "Payroll")
    reasons = page.get_by_role("region", name="Problems and remedies")
    expect(reasons).to_contain_text("Third party unavailable in")
    expect(reasons).to_contain_text("does not answer")
    expect(reasons.locator(".action")).to_have_text("Restart the database server, then restart the connector.")
    failed = program.get("/api/v1/connectors/Payroll")["lastFailure"]
    expect(reasons.locator("time").first).to_have_attribute("datetime", failed)
    refreshes = page.get_by_role("table", name="Last refreshes")
    expect(refreshes.locator("tbody tr").first).to_contain_text("Failed")
    expect(page.get_by_role("img", name="Durations of the ")).to_be_visible()
    expect(page.locator(".chart .cross")).not_to_have_count(0)
    log = page.get_by_role("region", name="Audit log")
    log.get_by_text("ConnectorCheckedException").first.click()
    expect(log.locator("details[open]")).to_contain_text("INTEGRATION-DAEMON-SERVICES")


def test_the_configuration_is_explained_and_has_no_secrets(program: Running, opened: Opened) -> None:
    page = page_of(opened, program, "Payroll")
    configuration = page.get_by_role("region", name="Configuration")
    expect(configuration).to_contain_text("Catalogues databases: schemas, tables, columns.")
    setting = configuration.get_by_role("row", name="statementTimeoutSeconds")
    expect(setting).to_contain_text("maximum time in seconds that the server may spend on one query")
    expect(setting).to_contain_text("300 (default)")
    expect(configuration.locator("dl.facts")).to_contain_text("Password********")  # of a reference: where it leads
    configuration.get_by_text("Connection", exact=True).click()
    expect(configuration.locator("details[open] pre")).to_contain_text("clearPassword")
    assert PASSWORD not in page.content()


def test_a_question_ends_with_its_page(program: Running, opened: Opened) -> None:
    page = opened(program)
    page.get_by_role("link", name="Hospital", exact=True).click()
    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Refresh: Hospital?")
    page.go_back()
    expect(page.locator(".connectors a.name")).to_have_count(3)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_connector_leads_to_its_elements_and_records(program: Running, opened: Opened) -> None:
    page = page_of(opened, program, "Hospital")
    elements = page.get_by_role("region", name="Elements of source of Hospital")
    expect(elements.get_by_role("link", name="visits", exact=True)).to_be_visible()
    every = elements.get_by_role("link", name="source of Hospital")
    expect(every).to_have_attribute("href", "#/servers/exchangeDL01/elements?source=source+of+Hospital")
    records = page.get_by_role("link", name="All records of this connector")
    expect(records).to_have_attribute("href", "#/servers/exchangeDL01/audit-log?connector=Hospital")
    record = page.get_by_role("region", name="Audit log").get_by_role("row").nth(1)
    record.locator("summary").click()
    expect(record).to_contain_text("User action")
    expect(record.get_by_role("link")).to_have_text(["All records of this message"])  # none to this page
    page.get_by_role("link", name="Connectors with the label clinical").click()
    expect(page.locator(".connectors a.name")).to_have_text(["Hospital"])
    page.get_by_role("link", name="Remove the filter label clinical").click()
    expect(page.locator(".connectors a.name")).to_have_count(3)


def test_a_dry_run_shows_the_difference(directory: Path, program: Running, opened: Opened) -> None:
    page = page_of(opened, program, "Hospital")
    dialog = page.get_by_role("dialog")
    connection = apsw.Connection(str(directory / "hospital.sqlite"))
    connection.execute("CREATE TABLE beds (id INTEGER)")
    connection.close()
    page.get_by_role("button", name="Dry run").click()
    expect(dialog).to_contain_text("without writing anything")
    dialog.get_by_role("button", name="Dry run").click()
    expect(page.locator("#messages .done")).to_contain_text("nothing was written")
    difference = page.get_by_role("region", name="Dry run")
    expect(difference).to_contain_text("would be created")
    expect(difference.locator(".created li").first).to_contain_text("beds")
    assert not program.get("/api/v1/elements?name=beds")["elements"]
    page.get_by_role("button", name="Refresh").click()
    dialog.get_by_role("button", name="Refresh").click()
    expect(page.locator("#messages .done").last).to_contain_text("Refreshed Hospital")
    expect(page.get_by_role("table", name="Last refreshes").locator("tbody tr").first).to_contain_text("created")


ACTIONS = [
    ("Pause", "Paused"),
    ("Resume", "Waiting"),
    ("Stop", "Stopped"),
    ("Resume", "Waiting"),
    ("Restart", "Waiting"),
]


def test_each_action_is_asked_about_and_carried_out(program: Running, opened: Opened) -> None:
    page = page_of(opened, program, "Hospital")
    dialog = page.get_by_role("dialog")
    for action, state in ACTIONS:
        page.get_by_role("button", name=action, exact=True).click()
        expect(dialog).to_contain_text(f"{action}: Hospital?")
        dialog.get_by_role("button", name=action).click()
        expect(page.locator(".heading .health")).to_contain_text(state)
    restarted = page.locator("#messages .done").last
    expect(restarted).to_contain_text("Restarted Hospital")
    expect(restarted.get_by_role("link")).to_have_count(0)  # the page that it would lead to is open


def test_a_viewer_sees_why_nothing_can_be_operated(directory: Path, program: Running, opened: Opened) -> None:
    created = command("token", "create", "--name", "reader", "--role", "viewer", cwd=directory)
    token = created.stdout.strip()
    while command("status", "--url", program.url, token=token).returncode:
        pass  # the platform has not seen the token yet
    page = opened(program, token=token, complains=False)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Restart Payroll")).to_be_hidden()
    page.get_by_role("link", name="Payroll", exact=True).click()
    expect(page.get_by_text("requires the role operator")).to_be_visible()
    for action in ("Refresh", "Dry run", "Restart", "Pause", "Stop"):
        expect(page.get_by_role("button", name=action)).to_be_disabled()
    expect(page.get_by_role("region", name="Elements")).to_contain_text("requires the role metadata-reader")


def test_the_page_of_a_connector_that_does_not_exist_says_so(program: Running, opened: Opened) -> None:
    page = opened(program, at="#/servers/exchangeDL01/connectors/Labs", complains=False)
    expect(page.get_by_role("alert")).to_contain_text("Labs")
    page.goto(f"{program.url}/#/servers/elsewhere/connectors")
    expect(page.get_by_role("alert")).to_contain_text("The server elsewhere is not running on this platform")
