"""Neither a web page of another site nor a browser without a session can make the platform do anything."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.end_to_end.console.landing_areas import landing_areas
from tests.end_to_end.listener import listener
from tests.end_to_end.program import Running

RESTART = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/integration-services"
INSTANCE = "/open-metadata/platform-services/users/garygeeke/server-platform/servers/stranger/instance/configuration"
PAGE = """
<img src="{url}{restart}/files-integrator/restart">
<form action="{url}/api/v1/connectors/area%200/restart" method="post" enctype="text/plain" target="frame">
    <input name='{{"x": "' value='"}}'>
</form>
<iframe name="frame"></iframe>
<script>
    document.forms[0].submit();
    fetch("{url}/api/v1/connectors/area%200/stop", {{method: "POST", mode: "no-cors", body: "{{}}"}});
    fetch("{url}{instance}", {{
        method: "POST", mode: "no-cors", body: '{document}', headers: {{"Content-Type": "text/plain"}}
    }});
</script>
"""


def connector(program: Running) -> dict[str, Any]:
    found: dict[str, Any] = program.get("/api/v1/connectors")["connectors"][0]
    return found


def test_a_page_of_another_site_cannot_make_the_platform_do_anything(tmp_path: Path, browser: Browser) -> None:
    with landing_areas(tmp_path, 1) as program:
        before = connector(program)
        document = json.dumps({"localServerName": "stranger"})
        content = PAGE.format(url=program.url, restart=RESTART, instance=INSTANCE, document=document)
        with listener(content, []) as port:
            site = f"http://localhost:{port}/"  # another site than 127.0.0.1
            context = browser.new_context()
            page = context.new_page()
            asked: set[str] = set()
            answers: dict[str, int] = {}
            page.on("request", lambda request: asked.add(request.url))
            page.on("response", lambda response: answers.update({response.url: response.status}))
            page.goto(site, wait_until="networkidle")
            context.close()
        assert len(asked) == 5  # the page and every request that it makes the browser send
        assert {url: status for url, status in answers.items() if status != 403} == {site: 200}
        assert len(answers) >= 4  # the browser may not report the answer to an image
        assert connector(program) == before
        assert "stranger" not in program.text_of("/api/v1/servers")


def test_a_browser_logs_out_and_shows_nothing_any_more(tmp_path: Path, browser: Browser) -> None:
    with landing_areas(tmp_path, 1) as program:
        context = browser.new_context()
        page = context.new_page()
        page.goto(program.console_link())
        expect(page.locator("#connection")).to_have_text("Live")
        expect(page.locator("body")).to_contain_text("area 0")
        page.get_by_role("button", name="Log out").click()
        expect(page.locator("#connection")).to_have_text("Not logged in")
        expect(page.locator("body")).not_to_contain_text("area 0")
        expect(page.get_by_role("button", name="Log out")).to_be_hidden()
        assert context.cookies() == []
        context.close()


def test_a_browser_that_is_not_logged_in_is_told_how_to_log_in(tmp_path: Path, browser: Browser) -> None:
    with landing_areas(tmp_path, 1) as program:
        context = browser.new_context()
        page = context.new_page()
        page.goto(program.url)
        expect(page.get_by_role("alert")).to_contain_text("Open the link that 'integration-daemon console' prints")
        context.close()
