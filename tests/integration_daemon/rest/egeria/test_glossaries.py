"""Glossaries at the routes of Egeria's Asset Manager OMAS, as its catalog integrators write them."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.egeria.test_files import native
from tests.integration_daemon.rest.egeria.test_lineage import MANAGER, third_party
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served


async def create(platform: Served, path: str, owner: dict[str, str], kind: str, name: str) -> str:
    bean = {"class": f"{kind}Properties", "qualifiedName": name, "displayName": name.upper(), "description": "d"}
    body = {"metadataCorrelationProperties": owner, "elementProperties": bean}
    answer = await platform.post(f"{MANAGER}{path}?assetManagerIsHome=true", body)
    assert answer["relatedHTTPCode"] == 200, answer
    guid: str = answer["guid"]
    return guid


async def test_a_glossary_has_terms_and_categories(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        owner = await third_party(platform)
        glossary = await create(platform, "/glossaries", owner, "Glossary", "words")
        term = await create(platform, f"/glossaries/{glossary}/terms", owner, "GlossaryTerm", "word")
        category = await create(platform, f"/glossaries/{glossary}/categories", owner, "GlossaryCategory", "nouns")

        async def parts(kind: str) -> list[Any]:
            path = f"{MANAGER}/glossaries/{glossary}/{kind}/retrieve?startFrom=0&pageSize=5"
            found: list[Any] = (await platform.post(path, owner))["elementList"]
            return found

        (found,) = await parts("terms")
        assert (found["elementHeader"]["guid"], found["glossaryTermProperties"]["displayName"]) == (term, "WORD")
        assert [each["elementHeader"]["guid"] for each in await parts("categories")] == [category]
        change = {"metadataCorrelationProperties": owner, "elementProperties": {"summary": "short"}}
        done = await platform.post(f"{MANAGER}/glossaries/terms/{term}/update?isMergeUpdate=true", change)
        assert done["relatedHTTPCode"] == 200
        (record,) = await native(platform, "type=GlossaryTerm")
        assert (record["metadataSource"], record["properties"]["summary"]) == ("scheduler", "short")
        assert [each["elementHeader"]["guid"] for each in await parts("terms")] == [term]
        named = await platform.post(f"{MANAGER}/glossaries/terms/by-name?startFrom=0&pageSize=5", {"name": "WORD"})
        assert [each["elementHeader"]["guid"] for each in named["elementList"]] == [term]
        assert (await platform.post(f"{MANAGER}/glossaries/terms/{term}/remove", owner))["relatedHTTPCode"] == 200
        assert await native(platform, "type=GlossaryTerm") == []
