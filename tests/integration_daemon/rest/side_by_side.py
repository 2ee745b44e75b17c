"""An operator's requests as they were recorded with a real platform, sent to this one: where the answers differ."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from integration_daemon.config.load import convert
from tests.integration_daemon.rest.platforms import Served, served

RECORDINGS = Path(__file__).parents[2] / "servers" / "egeria" / "recordings"
PLATFORM, LANDING = "http://localhost:9444", "/data/landing"
"""The address of the recorded platform, and the directory of its connectors."""
ABSENT = "(absent)"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
_GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_KEYS = ("serviceURLMarker", "connectorName", "integrationServiceURLMarker")
"""Fields that tell which member of a list is which."""
_BLANKED = {"exceptionSystemAction", "exceptionUserAction"}
"""Fields whose texts the recordings do not have."""


class Difference(NamedTuple):
    """One field that differs between the two answers to a request."""

    request: str
    """The name of the recording."""
    field: str
    """`services[].serviceWiki`; the HTTP status is the field `(status)`."""
    theirs: Any
    ours: Any


def recorded() -> list[dict[str, Any]]:
    """The requests and answers, in their order."""
    return [msgspec.json.decode(line) for line in (RECORDINGS / "operator.jsonl").read_text().splitlines()]


async def replayed(directory: Path) -> list[Difference]:
    """Every difference between the answers of a platform in this directory and those recorded."""
    (directory / "landing" / "oak").mkdir(parents=True)
    async with served(directory) as platform:
        for name in ("cocoMDS1", "exchangeDL01"):
            text = (RECORDINGS / f"configuration-{name}.json").read_text()
            text = text.replace(PLATFORM, platform.url).replace(LANDING, f"{directory}/landing")
            await platform.platform.start_server(convert(msgspec.json.decode(text), name))
        await platform.post("/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/refresh")
        found: list[Difference] = []
        for recording in recorded():
            found += await _differences(recording, platform, directory)
        return found


async def _differences(recording: dict[str, Any], platform: Served, directory: Path) -> list[Difference]:
    body = recording["body"]
    content = body.encode() if isinstance(body, str) else b"" if body is None else msgspec.json.encode(body)
    response = await platform.http.request(recording["method"], platform.url + recording["path"], content=content)
    text = response.text.replace(platform.url, PLATFORM).replace(f"{directory}/landing", LANDING)
    ours = msgspec.json.decode(text) if response.headers["content-type"] != "text/plain; charset=utf-8" else text
    pairs = [("(status)", recording["status"], response.status_code), *_compared("", recording["answer"], ours)]
    return [Difference(recording["name"], *each) for each in pairs if _settled(each[1]) != _settled(each[2])]


def _compared(place: str, theirs: Any, ours: Any) -> Iterator[tuple[str, Any, Any]]:
    """The leaves of two answers side by side."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in dict.fromkeys([*theirs, *ours]):
            if not (key in _BLANKED and theirs.get(key) == "" and ours.get(key)):
                below = f"{place}.{key}".lstrip(".")
                yield from _compared(below, theirs.get(key, ABSENT), ours.get(key, ABSENT))
    elif isinstance(theirs, list) and isinstance(ours, list):
        yield from _members_compared(f"{place}[]", theirs, ours)
    else:
        yield place, theirs, ours


def _members_compared(place: str, theirs: list[Any], ours: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    key = next((each for each in _KEYS if theirs and isinstance(theirs[0], dict) and each in theirs[0]), None)
    left = dict(enumerate(theirs)) if key is None else {each[key]: each for each in theirs}
    right = dict(enumerate(ours)) if key is None else {each[key]: each for each in ours}
    for each in dict.fromkeys([*left, *right]):
        yield from _compared(place, left.get(each, ABSENT), right.get(each, ABSENT))


def _settled(value: Any) -> Any:
    """A value without what differs from one run to the next: times and GUIDs."""
    return _GUID.sub("GUID", _TIME.sub("TIME", value)) if isinstance(value, str) else value
