"""Replays recorded requests of Egeria's clients against a server of this program, and compares the answers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.integration_daemon.rest.platforms import Served

RECORDINGS = Path(__file__).parents[3] / "servers" / "egeria" / "recordings"
_GUID = re.compile(r"\b(?:[A-Za-z]+-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} UTC \d{4} \(\d{13}\)")
_CAUSE = re.compile(r"OM[A-Z]+(?:-[A-Z]+)*-\d{3}-\d{3} ")
"""A message in a message, whose words are each server's own."""
_OF_EACH_SERVER = frozenset(
    {
        "createTime",
        "updateTime",
        "guid",
        "elementGUID",
        "relationshipGUID",
        "homeMetadataCollectionId",
        "exceptionErrorMessage",
        "exceptionSystemAction",
        "exceptionUserAction",
        "typeDescription",
    }
)
"""Values that differ from server to server, and texts that each server has in its own words: they have to be there."""


class Recording(NamedTuple):
    """One request with its answer."""

    method: str
    path: str
    body: Any
    answer: dict[str, Any]


class Difference(NamedTuple):
    """A deliberate difference."""

    pattern: str
    """Matches the whole description of a difference: `{path}: {recorded} -> {ours}`."""
    reason: str


def recorded(name: str, replaced: dict[str, str] | None = None) -> list[Recording]:
    """The requests of a recording."""
    content = (RECORDINGS / name).read_text()
    for text, other in (replaced or {}).items():
        content = content.replace(text, other)
    lines = [msgspec.json.decode(line) for line in content.splitlines()]
    return [Recording(each["method"], each["path"], each["body"], each["answer"]) for each in lines]


class Replay:
    """One replay. The GUIDs of the recording stand for those that the server gave."""

    def __init__(self, platform: Served, root: str = "") -> None:
        self._platform = platform
        self._root = root
        self.guids: dict[str, str] = {}

    async def ask(self, recording: Recording) -> dict[str, Any]:
        """The answer to a recorded request."""
        body = None if recording.body is None else self._translated(msgspec.json.encode(recording.body).decode())
        response = await self._platform.http.request(
            recording.method,
            self._platform.url + self._root + self._translated(recording.path),
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 200, (recording.path, response.text)
        answer: dict[str, Any] = response.json()
        self.guids.update(zip(_guids_in(recording.answer), _guids_in(answer), strict=False))
        return answer

    def _translated(self, content: str) -> str:
        return _GUID.sub(lambda found: self.guids.get(found[0], found[0]), content)


def _guids_in(answer: dict[str, Any]) -> Iterator[str]:
    if "guid" in answer:
        yield answer["guid"]
    yield from reversed(answer.get("guids", []))  # the file first, whose folders may be fewer
    for name in ("dataFile", "folder"):
        if name in answer:
            yield answer[name]["elementHeader"]["guid"]


def differences(expected: Any, answer: Any, path: str = "") -> Iterator[str]:
    """The differences, one line for each value."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        for name in dict.fromkeys((*expected, *answer)):
            place = f"{path}.{name}" if path else name
            if name not in answer:
                yield f"{place}: there -> missing"
            elif name not in expected:
                yield f"{place}: missing -> there"
            elif name not in _OF_EACH_SERVER:
                yield from differences(expected[name], answer[name], place)
    elif isinstance(expected, list) and isinstance(answer, list):
        if path.endswith("propertyNames"):
            expected, answer = sorted(expected), sorted(answer)
        yield from differences(_by_name(expected), _by_name(answer), path)
    elif _shape(expected) != _shape(answer):
        yield f"{path}: {_shape(expected)!r} -> {_shape(answer)!r}"


def _by_name(items: list[Any]) -> dict[str, Any]:
    """The items of a list by what identifies them; the order of elements is not the same in two servers."""
    if all(isinstance(each, dict) for each in items):
        return {_name_of(each): each for each in items}
    return {str(number): each for number, each in enumerate(items)}


def _name_of(item: Any) -> str:
    if "classificationName" in item:
        return str(item["classificationName"])
    if "relationshipType" in item:
        return str(item["relationshipType"]["typeName"])
    if "elementProperties" in item:
        return str(item["elementProperties"]["propertyValueMap"]["qualifiedName"]["primitiveValue"])
    return str(item["dataFileProperties"]["qualifiedName"])


def _shape(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if _CAUSE.match(value):
        return value.partition(" ")[0]
    return _TIME.sub("TIME", _GUID.sub("GUID", value))


def unexplained(found: list[str], table: tuple[Difference, ...]) -> list[str]:
    """The differences that no row of the table explains, and the rows that explain none."""
    left = [each for each in found if not any(re.fullmatch(row.pattern, each) for row in table)]
    unused = [row.pattern for row in table if not any(re.fullmatch(row.pattern, each) for each in found)]
    return left + [f"not found: {pattern}" for pattern in unused]
