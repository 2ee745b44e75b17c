"""Obstacles for users of a page: the findings of axe, and parts that are cut off."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
FINDINGS = """
async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`))
"""


def findings(page: Page) -> list[str]:
    """The findings of axe on the page as shown. A page that is wider than the window is a finding, too."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FINDINGS)
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*found, *(["the page is wider than the window"] if too_wide else [])]
