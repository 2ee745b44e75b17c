"""What keeps people from using a page: what axe finds, and what is cut off."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
FINDINGS = """
async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`))
"""


def findings(page: Page) -> list[str]:
    """What axe finds on the page as it is shown. The page may not be wider than the window."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FINDINGS)
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*found, *(["the page is wider than the window"] if too_wide else [])]
