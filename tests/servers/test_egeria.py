"""The recorded server answers as the real one did: class, code, fields and refusals; GUIDs and times excepted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from tests.servers.egeria.repository import Repository, text
from tests.servers.egeria.server import EgeriaServer

RECORDINGS = Path(__file__).parent / "egeria" / "recordings"
STORE = "/servers/cocoMDS1/open-metadata/framework-services/asset-owner/open-metadata-store/users/garygeeke"
_GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} UTC \d{4} \(\d{13}\)")
_OF_ITS_OWN = {"typeDescription", "createTime", "updateTime", "typeId", "version", "typeVersion", "maintainedBy"}


def recorded(name: str) -> list[dict[str, Any]]:
    lines = (RECORDINGS / name).read_text().splitlines()
    return [msgspec.json.decode(line) for line in lines]


class Replay:
    """Asks a server for what was recorded, with its GUIDs in place of the recorded ones."""

    def __init__(self, server: EgeriaServer, base: str = "") -> None:
        self._server = server
        self._base = base
        self.guids: dict[str, str] = {}

    def ask(self, recording: dict[str, Any]) -> Any:
        method, (path, query) = recording["method"], self._place(recording["path"])
        body = msgspec.json.decode(self._translated(msgspec.json.encode(recording["body"]).decode()))
        status, answer = self._server.answer(method, self._base + path, query, body)
        assert status == recording["status"], recording["path"]
        self.guids.update(zip(guids_in(recording["answer"]), guids_in(answer), strict=False))
        return answer

    def _place(self, path: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self._translated(path))
        return parts.path, dict(parse_qsl(parts.query))

    def _translated(self, content: str) -> str:
        for theirs, ours in self.guids.items():
            content = content.replace(theirs, ours)
        return content


def guids_in(answer: Any) -> Iterator[str]:
    """The GUIDs of an answer, the innermost folder and the file of a chain alone."""
    if "guid" in answer:
        yield answer["guid"]
    yield from answer.get("guids", [])[-2:]
    if answer["class"] == "RelatedMetadataElementListResponse":
        yield from (each["relationshipGUID"] for each in answer.get("elementList", []))


def shape(value: Any) -> Any:
    """The parts of an answer that are compared."""
    if isinstance(value, dict):
        if value.get("classificationName") == "LatestChange":
            return "LatestChange"
        return {name: shape(each) for name, each in value.items() if name not in _OF_ITS_OWN}
    if isinstance(value, list):
        return sorted((shape(each) for each in value), key=str)
    if isinstance(value, str):
        return _TIME.sub("TIME", _GUID.sub("GUID", value))
    return value


def keys(value: Any) -> Any:
    """The names of the fields of an object, and of all in it."""
    if not isinstance(value, dict) or value.get("classificationName") == "LatestChange":
        return None
    return {name: keys(each) for name, each in value.items() if name not in _OF_ITS_OWN}


async def test_the_open_metadata_store_answers_as_recorded() -> None:
    replay = Replay(EgeriaServer(), STORE)
    for recording in recorded("open-metadata-store.jsonl"):
        answer = replay.ask(recording)
        if recording["path"].startswith("/metadata-elements/by-search-specification"):
            # there were more elements in the real one
            (found,) = answer["elementList"]
            assert keys(found) in [keys(each) for each in recording["answer"]["elementList"]]
        else:
            assert shape(answer) == shape(recording["answer"]), recording["path"]


def start_of_the_files_recording(repository: Repository) -> None:
    repository.create("", "garygeeke", "DataManager", {"qualifiedName": text("HospitalLandingArea")}, None)


async def test_the_routes_of_a_files_daemon_answer_as_recorded() -> None:
    server = EgeriaServer()
    replay = Replay(server)
    start_of_the_files_recording(server.repository)
    for number, recording in enumerate(recorded("files-daemon.jsonl")):
        if recording["body"] == {"name": "BrandNewSource", "namePropertyName": "qualifiedName"}:
            anew = replay = Replay(server)  # the real one was started again, and another daemon was there first
            server.restart()
            start_of_the_files_recording(server.repository)
            for earlier in recorded("files-daemon.jsonl")[1:24]:
                if earlier["path"].endswith(("/by-name", "/data-files")) and "note.txt" not in str(earlier):
                    anew.ask(earlier | {"path": earlier["path"].replace("DL04", "DL05")})
        answer = replay.ask(recording)
        compare(number, recording, answer)


def compare(number: int, recording: dict[str, Any], answer: dict[str, Any]) -> None:
    expected, place = recording["answer"], (number, recording["path"])
    if "guids" in answer:
        *folders, file = ([each.partition("-")[0] for each in one["guids"]] for one in (answer, expected))
        assert set(folders[0][:-1]) == {"FileFolder"}, place
        assert folders[0][-1] == file[-1], place
    elif "startFrom" in recording["path"]:  # archived files count in a page's start, and their order is the real one's
        assert (answer["class"], answer["relatedHTTPCode"]) == (expected["class"], expected["relatedHTTPCode"]), place
        for each in answer.get("elementList", []):
            assert keys(each) in [keys(one) for one in recorded("files-daemon.jsonl")[9]["answer"]["elementList"]]
    elif "folder" in answer:
        assert keys(answer) == keys(expected), place
    elif "dataFile" in answer:
        assert keys(answer) == keys(expected), place
        assert (
            answer["dataFile"]["dataFileProperties"]["qualifiedName"]
            == (expected["dataFile"]["dataFileProperties"]["qualifiedName"])
        )
    else:
        assert shape(answer) == shape(expected), place


@pytest.mark.parametrize("left_out", ["forLineage", "forDuplicateProcessing", "effectiveTime", "startFrom", "pageSize"])
async def test_a_search_without_one_of_its_parameters_is_a_bad_request(left_out: str) -> None:
    given = {
        "forLineage": "false",
        "forDuplicateProcessing": "false",
        "effectiveTime": "0",
        "startFrom": "0",
        "pageSize": "10",
    }
    search = {"class": "FindRequestBody", "metadataElementTypeName": "CSVFile"}
    place = STORE + "/metadata-elements/by-search-specification"
    server = EgeriaServer()
    assert server.answer("POST", place, given, search)[0] == 200
    del given[left_out]
    status, answer = server.answer("POST", place, given, search)
    assert (status, answer["error"], answer["path"]) == (400, "Bad Request", place)


async def test_an_unknown_route_is_not_found() -> None:
    place = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/npa/batch/sources"
    status, answer = EgeriaServer().answer("POST", place, {}, {})
    assert (status, answer["status"], answer["error"], answer["path"]) == (404, 404, "Not Found", place)


async def test_a_server_that_is_not_running_is_named() -> None:
    path = STORE.replace("cocoMDS1", "nobody") + "/metadata-elements/x/delete"
    status, answer = EgeriaServer().answer("POST", path, {}, {})
    assert (status, answer["relatedHTTPCode"]) == (200, 404)
    assert answer["exceptionErrorMessage"] == (
        "OMAG-MULTI-TENANT-404-001 The OMAG Server nobody is not available to service a request from user garygeeke"
    )
