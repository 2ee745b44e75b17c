"""The routes of a files daemon of Egeria 4.3 answer the requests recorded with its metadata server as that did."""

from pathlib import Path

from tests.integration_daemon.rest.egeria.replay import (
    Difference,
    Recording,
    Replay,
    differences,
    recorded,
    unexplained,
)
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served

SOURCES = "/servers/cocoMDS1/open-metadata/framework-services/data-manager/open-integration/users/npa/metadata-sources"
RENAMED = {"tmp/eg/land/two": "data/landing/two"}
"""The paths of the recording were shortened by a folder, and the names of folders were left."""

DELIBERATE = (
    Difference(
        r".*\.elementHeader\.classifications: there -> missing",
        "There is no classification LatestChange here: the feed of changes tells more.",
    ),
    Difference(
        r"POST by-path-name folder\.elementHeader\.versions\.createdBy: 'cocoMDS1npa' -> 'exchangeDL0[45]npa'",
        "Who has a file catalogued has its folders catalogued: the server does nothing in a name of its own.",
    ),
    Difference(
        r"POST archive (relatedHTTPCode: 400 -> 200|(exception|actionDescription).*: there -> missing)",
        "The real one archives the file, fails to read it afterwards, and reports the failure.",
    ),
    Difference(
        r"GET data-files\?startFrom=3 elementList: there -> missing",
        "A page after the last one is empty; the real one counts archived files too, and shows the last file again.",
    ),
)


async def register(platform: Served, name: str) -> None:
    body = {"typeName": "DataManager", "classificationName": "FileSystem", "qualifiedName": name}
    assert (await platform.post(SOURCES + "/new", body))["relatedHTTPCode"] == 200


def expected_of(recording: Recording) -> dict[str, object]:
    answer = recording.answer
    return {**answer, "guids": answer["guids"][1:]} if "guids" in answer else answer


def by_another(recording: Recording) -> Recording:
    """The same request of the daemon that was there before the second one."""
    body = dict(recording.body)
    if body.get("name") == "f1.csv":
        body["modifiedTime"] = 1795558461411
    return recording._replace(path=recording.path.replace("DL04", "DL05"), body=body)


async def replayed(directory: Path, before: list[Recording], recordings: list[Recording]) -> list[str]:
    """The differences of a part of the recording, after other requests."""
    found: list[str] = []
    async with served(directory, METADATA_SERVER_DOCUMENT) as platform:
        await register(platform, "HospitalLandingArea")
        replay = Replay(platform)
        for recording in before:
            await replay.ask(recording)
        for recording in recordings:
            answer = await replay.ask(recording)
            place = f"{recording.method} {recording.path.rpartition('/')[2].removesuffix('&pageSize=100')}"
            found += [f"{place} {each}" for each in differences(expected_of(recording), answer)]
    return found


async def test_a_files_daemon_is_answered_as_recorded(tmp_path: Path) -> None:
    recordings = recorded("files-daemon.jsonl", RENAMED)
    restarted = next(number for number, each in enumerate(recordings) if "BrandNewSource" in str(each.body))
    first, second = recordings[:restarted], recordings[restarted:]
    # the second daemon found what a third one had catalogued after the recorded server was started again
    made = [each for each in first if each.path.endswith(("/by-name", "/data-files"))]
    earlier = [by_another(each) for each in made if not {"note.txt", "f2.csv"}.intersection(str(each.body).split("'"))]
    found = await replayed(tmp_path / "first", [], first)
    found += await replayed(tmp_path / "second", earlier, second)
    assert unexplained(found, DELIBERATE) == []
