"""Integration groups over HTTP: their connectors are shown with their group, and a group may have any name."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from services.allowance import Allowance
from tests.integration_daemon.groups.elements import Author
from tests.integration_daemon.groups.hosted import SCRIPTED, document, script
from tests.integration_daemon.rest.platforms import Served, served

GROUP = "Group:/landing areas/100%?a=b#c"
GROUPS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/integration-groups"


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Served]:
    """A daemon with connectors `mine` and `alone` in its document, and the same names in its group."""
    connectors = [
        {"connectorName": name, "connection": {"connectorType": {"connectorProviderClassName": SCRIPTED}}}
        for name in ("mine", "alone")
    ]
    for name in ("mine", "alone", "a/b"):
        script(name)
    content = document(
        integrationServicesConfig=[
            {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": connectors}
        ],
        dynamicIntegrationGroupsConfig=[{"integrationGroupQualifiedName": GROUP}],
    )
    allowance = Allowance(connectors=("tests.*", "data-files-monitor"))
    async with served(tmp_path, content, allowance=allowance) as found:
        store = found.platform.servers["exchangeDL01"].store
        assert store is not None
        author = Author(store)
        await author.group(GROUP)
        await author.register("a/b", provider=SCRIPTED, group=GROUP)
        await author.register("mine", provider=SCRIPTED, group=GROUP)
        await author.register("alone", group=GROUP)  # a monitor of files that has nothing to work for
        refreshed = await found.get(f"{GROUPS}/{quote(GROUP, safe='')}/refresh-config")
        assert refreshed["relatedHTTPCode"] == 200, refreshed
        yield found


async def test_a_group_and_a_connector_may_have_any_character_in_their_names(platform: Served) -> None:
    answer = await platform.get(f"{GROUPS}/{quote(GROUP, safe='')}/summary")
    assert answer["integrationGroupSummary"]["integrationGroupName"] == GROUP
    assert (await platform.get("/api/v1/connectors/a%2Fb"))["connectorName"] == "a/b"
    assert (await platform.get("/api/v1/connectors/a%2fb"))["connectorName"] == "a/b"
    assert (await platform.http.get(platform.url + "/api/v1/connectors/a/b")).status_code == 404
    assert (await platform.http.get(platform.url + "/api%2Fv1/connectors")).status_code == 404


async def test_connectors_are_shown_with_their_group_and_selected_by_it(platform: Served) -> None:
    assert (await platform.get("/api/v1/connectors/a%2Fb"))["group"] == GROUP
    assert "group" not in await platform.get("/api/v1/connectors/mine")
    page = await platform.get(f"/api/v1/connectors?group={quote(GROUP)}")
    assert [each["connectorName"].partition(" ")[0] for each in page["connectors"]] == ["a/b", "mine"]
    assert {each["group"] for each in page["connectors"]} == {GROUP}
    assert "'Group:Other' is none of" in (await platform.get("/api/v1/connectors?group=Group:Other"))["detail"]


async def test_a_connector_whose_name_is_taken_is_shown_once_with_the_reason_and_the_remedy(platform: Served) -> None:
    answer = await platform.get(f"{GROUPS}/{quote(GROUP, safe='')}/summary")
    reports = {each["connectorName"]: each for each in answer["integrationGroupSummary"]["integrationConnectorReports"]}
    running, idle, twin = reports.pop("a/b"), reports.pop("alone"), reports.popitem()[1]
    assert (running["connectorStatus"], reports) == ("RUNNING", {})
    assert twin["connectorName"].startswith("mine (")
    assert idle["connectorStatus"] == twin["connectorStatus"] == "CONFIG_FAILED"
    for name, report in (("mine", twin), ("alone", idle)):
        reason = f"another connector of the daemon has the name {name}: one of them needs another connectorName"
        assert reason in report["failingExceptionMessage"]
