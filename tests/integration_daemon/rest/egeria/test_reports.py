"""Integration reports at the routes by which daemons of Egeria publish them."""

from pathlib import Path

from tests.integration_daemon.rest.egeria.test_files import native, source
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served

INTEGRATION = "/servers/cocoMDS1/open-metadata/framework-services/data-manager/open-integration/users/npa"
REPORTS = INTEGRATION + "/integration-reports"


async def test_a_report_is_found_at_its_element_and_among_all(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        anchor = (await source(platform))["externalSourceGUID"]
        report = {
            "class": "IntegrationReportProperties",
            "connectorName": "monitor",
            "refreshStartDate": 1795558457115,
            "createdElements": ["g1", "g2"],
        }
        for path in (f"/{anchor}/new", f"/{anchor}/SoftwareCapability/new"):
            answer = await platform.post(REPORTS + path, report)
            assert answer == {"class": "VoidResponse", "relatedHTTPCode": 200}
        found = await native(platform, "type=IntegrationReport")
        guids = [each["guid"] for each in found]
        assert found[0]["properties"]["refreshStartDate"] == "2026-11-24T22:14:17.115+00:00"
        for path in ("", f"/for-element/{anchor}"):
            listed = (await platform.get(f"{REPORTS}{path}?startingFrom=0&maximumResults=5"))["elements"]
            assert [each["elementHeader"]["guid"] for each in listed] == guids
        page = await platform.get(f"{REPORTS}/for-element/{anchor}?startingFrom=1&maximumResults=1")
        assert [each["elementHeader"]["guid"] for each in page["elements"]] == guids[1:]
        one = (await platform.get(f"{REPORTS}/{guids[0]}"))["element"]["properties"]
        assert (one["connectorName"], one["createdElements"]) == ("monitor", ["g1", "g2"])
        wrong = await platform.post(f"{REPORTS}/{anchor}/new", {"createdElements": "g1"})
        assert wrong["relatedHTTPCode"] == 400
        assert "createdElements" in wrong["exceptionErrorMessage"]
