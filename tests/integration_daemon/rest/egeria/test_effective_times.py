"""The times between which elements are effective, at the generic routes of Egeria 4."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served

STORE = "/servers/cocoMDS1/open-metadata/framework-services/asset-owner/open-metadata-store/users/npa"
VISIBLE = "forLineage=false&forDuplicateProcessing=false&effectiveTime="


def milliseconds(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)


async def test_an_element_is_seen_at_the_times_at_which_it_is_effective(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body: dict[str, Any] = {"typeName": "GlossaryTerm", "properties": {"qualifiedName": "term", "summary": "s"}}
        times = {"effectiveFrom": milliseconds(2020), "effectiveTo": "2030-01-01T00:00:00.000+00:00"}
        guid = (await platform.post(STORE + "/metadata-elements/new", body | times))["guid"]
        one = f"{STORE}/metadata-elements/{guid}"

        async def seen(year: int | None) -> Any:
            return await platform.get(f"{one}?{VISIBLE}{0 if year is None else milliseconds(year)}")

        element = (await seen(2025))["element"]
        assert element["effectiveFromTime"] == "2020-01-01T00:00:00.000+00:00"
        assert element["effectiveToTime"] == "2030-01-01T00:00:00.000+00:00"
        assert set(element["elementProperties"]["propertyValueMap"]) == {"qualifiedName", "summary"}
        assert "element" in await seen(None)
        for year in (2019, 2030):
            hidden = await seen(year)
            assert hidden["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-400-010"
            assert f"({milliseconds(2020)})" in hidden["exceptionErrorMessageParameters"][6]
        search = {"metadataElementTypeName": "GlossaryTerm"}
        path = f"{STORE}/metadata-elements/by-search-specification?startFrom=0&pageSize=5&{VISIBLE}"
        assert len((await platform.post(path + str(milliseconds(2025)), search))["elementList"]) == 1
        assert "elementList" not in await platform.post(path + str(milliseconds(2031)), search)

        changed = {"replaceProperties": True, "properties": {"qualifiedName": "term", "summary": "t"}}
        await platform.post(one + "/update-properties", changed)
        assert "element" not in await seen(2019)
        await platform.post(one + "/update-effectivity", {"effectiveTo": milliseconds(2030)})
        assert (await seen(2019))["element"]["effectiveToTime"] == "2030-01-01T00:00:00.000+00:00"


async def test_a_wrong_effective_time_is_named(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        answer = await platform.get(f"{STORE}/metadata-elements/x?{VISIBLE}noon")
        assert (answer["relatedHTTPCode"], answer["exceptionErrorMessageId"]) == (400, "OMAG-COMMON-400-040")
        assert "effectiveTime" in answer["exceptionErrorMessage"]
