"""The differences from a real Egeria 4.3 are exactly those that the page *Coming from Egeria* lists."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration_daemon.rest.side_by_side import Difference, recorded, replayed

PAGE = Path(__file__).parents[3] / "docs" / "coming-from-egeria.md"
SAME, DECISIONS = "same as 4.3", {"same as 4.3", "same as the page", "ours on purpose"}
_NAMED = {
    "servers": "{server}",
    "integration-services": "{marker}",
    "integration-service": "{marker}",
    "integration-connectors": "{connector}",
    "validate-connector": "{provider}",
}
"""The parameters that follow these segments of a path."""
_CELL = re.compile(r"`([^`]+)`")


class Row(NamedTuple):
    """A row of the page's table."""

    request: str
    fields: tuple[str, ...]
    decision: str
    reason: str

    def is_about(self, request: str) -> bool:
        return self.request in ("any", request)


def rows() -> list[Row]:
    section = PAGE.read_text().partition("\n## Request by request\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [
        Row(request.strip("`"), tuple(_CELL.findall(fields)), decision, reason)
        for request, fields, decision, reason in cells
    ]


def matches(pattern: str, field: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), field) is not None


def label(recording: dict[str, Any]) -> str:
    """A recorded request as the table names it: by what follows the user in its URL."""
    words = recording["path"].rpartition("/garygeeke/")[2].removeprefix("server-platform/").split("/")
    for at, word in enumerate(words[:-1]):
        if word in _NAMED and (at + 2 < len(words) or word == "validate-connector"):
            words[at + 1] = _NAMED[word]
    return f"{recording['method']} {'/'.join(words)}"


@pytest.fixture
async def differences(tmp_path: Path) -> list[Difference]:
    return await replayed(tmp_path)


async def test_the_page_has_a_decision_for_each_difference_and_no_other(differences: list[Difference]) -> None:
    table = rows()
    labels = {each["name"]: label(each) for each in recorded()}
    found = [(labels[each.request], each.field) for each in differences]
    undecided = [
        f"{request}: {field}"
        for request, field in found
        if not any(row.is_about(request) and matches(each, field) for row in table for each in row.fields)
    ]
    assert undecided == []
    outdated = [
        f"{row.request}: {each}"
        for row in table
        for each in row.fields
        if not any(row.is_about(request) and matches(each, field) for request, field in found)
    ]
    assert outdated == []


def test_each_request_has_a_decision_and_each_difference_a_reason() -> None:
    table = rows()
    assert {row.decision for row in table} == DECISIONS
    assert {row.request for row in table} == {"any", *(label(each) for each in recorded())}
    for row in table:
        assert bool(row.fields) == bool(row.reason) == (row.decision != SAME), row
