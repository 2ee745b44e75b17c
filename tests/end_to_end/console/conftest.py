"""A real browser, driven through the console page."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.end_to_end.program import PATIENCE, Running

QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Opened = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of the system; `.ci/servers` installs it."""
    program = shutil.which("chromium")
    assert program is not None, "Chromium is not installed"
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIETLY)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page in its own window, at an address if one is given, for the caller with a token if one is given.

    At the end, no page may have logged an error or called another host.
    `complains=False` is for a page whose requests are refused, which the browser logs as errors.
    """
    complaints: list[str] = []
    contexts = []

    def open_page(
        program: Running, at: str = "", *, token: str | None = None, complains: bool = True, **context: Any
    ) -> Page:
        def on_console(message: ConsoleMessage) -> None:
            # the console shows requests that failed or were refused: these are not errors of the page
            is_shown = "net::ERR_" in message.text or "status of 409" in message.text
            if complains and message.type in ("error", "warning") and not is_shown:
                complaints.append(message.text)

        def on_request(request: Request) -> None:
            if not request.url.startswith(program.url):
                complaints.append(f"asked for {request.url}")

        contexts.append(browser.new_context(**context))
        page = contexts[-1].new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", on_request)
        page.goto(program.console_link(token))
        expect(page.locator("#connection")).to_have_text("Live")
        if at:
            page.goto(f"{program.url}/{at}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
