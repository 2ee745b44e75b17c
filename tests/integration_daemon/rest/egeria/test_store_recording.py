"""The open-metadata-store routes answer the requests recorded with a metadata access server of Egeria 4.3 as it did."""

from pathlib import Path

from tests.integration_daemon.rest.egeria.replay import Difference, Replay, differences, recorded, unexplained
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served

ROOT = "/servers/cocoMDS1/open-metadata/framework-services/asset-owner/open-metadata-store/users/garygeeke"

DELIBERATE = (
    Difference(
        r"(6|16) exceptionCausedBy: there -> missing",
        "An exception behind the error, which the real one names without its name; here there is none.",
    ),
    Difference(
        r"13 guid: missing -> there",
        "The real one makes the relationship and does not tell its GUID, so that it cannot be changed afterwards.",
    ),
    Difference(
        r"1[45] elementList\.NestedFile\.versions: there -> missing",
        "Relationships have no versions here.",
    ),
    Difference(
        r"1[45] elementList\.NestedFile\.element\.classifications: there -> missing"
        r"|19 element\.classifications\.LatestChange: there -> missing"
        r"|18 exceptionErrorMessageParameters\.8: '\[Memento, LatestChange\]' -> '\[Memento\]'",
        "There is no classification LatestChange here: the feed of changes tells more.",
    ),
    Difference(
        r"17 relatedHTTPCode: 500 -> 200|17 (exception|actionDescription).*: there -> missing",
        "The real one archives the element, fails to read it afterwards, and reports the failure.",
    ),
    Difference(r"19 element\.versions\.version: 2 -> 3", "An element that is archived is another version of itself."),
    Difference(
        r"19 element\.classifications\.Memento\.classificationProperties\..*",
        "An archived element has the time and the process of its archiving, however it was archived.",
    ),
)


KEPT = (
    Difference(
        r"4 (relatedHTTPCode: 500 -> 200|guid: missing -> there|(exception|actionDescription).*: there -> missing)"
        r"|11 elementList\.q2: missing -> there",
        "Later generations have other properties than version 4 has, so that none is refused in their spelling.",
    ),
)
LATER = (
    ("/new", ""),
    ("/by-search-specification", "/by-search-conditions"),
)
"""The paths that later generations spell differently."""


async def test_the_generic_requests_are_answered_as_recorded(tmp_path: Path) -> None:
    assert unexplained(await replayed(tmp_path, ()), DELIBERATE) == []


async def test_the_generic_requests_are_answered_as_recorded_in_the_later_spelling(tmp_path: Path) -> None:
    assert unexplained(await replayed(tmp_path, LATER), DELIBERATE + KEPT) == []


async def replayed(directory: Path, spelling: tuple[tuple[str, str], ...]) -> list[str]:
    found: list[str] = []
    async with served(directory, METADATA_SERVER_DOCUMENT) as platform:
        replay = Replay(platform, ROOT)
        for number, recording in enumerate(recorded("open-metadata-store.jsonl")):
            path, expected = recording.path, recording.answer
            for earlier, later in spelling:
                path = path.replace(earlier, later)
            if "by-search-specification" in recording.path:  # other programs had used the recorded server before
                ours = [each for each in expected["elementList"] if "/x/a.csv" in str(each)]
                expected = {**expected, "elementList": ours}
            answer = await replay.ask(recording._replace(path=path))
            found += [f"{number} {each}" for each in differences(expected, answer)]
    return found
