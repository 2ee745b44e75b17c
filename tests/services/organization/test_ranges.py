"""Active Directory gives the members of a large group in parts, and all of them are read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import ThirdPartyUnavailableError
from tests.services.organization.catalogued import appointments
from tests.services.organization.directories import running
from tests.services.organization.hostile_directory import Request, directory_of, end, entry, somebody

MEMBERS = [f"uid=u{n},dc=x" for n in range(7)]
PART = 3
"""Values that the server gives at a time."""


def group(number: int, start: int, last: int = len(MEMBERS)) -> bytes:
    """The group with the members from a number on, as Active Directory tells them: others may follow."""
    stop = start + PART
    name = f"member;range={start}-{'*' if stop >= len(MEMBERS) else stop - 1}"
    attributes = {"member": (), name: MEMBERS[start:stop]} if start < last else {"member": ()}
    return entry(number, "cn=g,dc=x", {"entryUUID": ["g"], "cn": ["g"], **attributes})


def answers(request: Request, last: int = len(MEMBERS)) -> Iterator[bytes]:
    """People, and one group; `last` is where the server ceases to give members."""
    if (asked := re.search(rb"member;range=(\d+)-\*", request.content)) is not None:
        yield group(request.number, int(asked[1]), last)
    elif request.is_for_people:
        yield from (somebody(request.number, f"u{n}") for n in range(len(MEMBERS)))
    else:
        yield group(request.number, 0, last)
    yield end(request.number)


async def test_all_parts_are_read(tmp_path: Path) -> None:
    with directory_of(answers) as url:
        async with running(tmp_path, url, user="") as connector:
            await connector.refresh()
            assert await appointments(connector.store) == {f"u{n}": {"Member of g": ""} for n in range(len(MEMBERS))}


async def test_a_part_that_does_not_come_is_an_error(tmp_path: Path) -> None:
    with directory_of(lambda request: answers(request, last=6)) as url:
        async with running(tmp_path, url, user="") as connector:
            with pytest.raises(ThirdPartyUnavailableError, match="the values of member of cn=g,dc=x did not come"):
                await connector.refresh()
