"""An LDAP server that answers as it should not ends one refresh at most, and nobody has left by it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.errors import ThirdPartyUnavailableError
from services.organization import ldap_reading
from services.organization.ldap_sync import DONE, INFO, written
from tests.services.organization.catalogued import names_of
from tests.services.organization.directories import running
from tests.services.organization.hostile_directory import (
    PAGED,
    Request,
    directory_of,
    end,
    entry,
    integer,
    message,
    octets,
    somebody,
)

Page = Callable[[int, int], Iterator[bytes]]
"""The answer to a search for people, by the number of the message and of the search."""
SUCCESS = written(0x0A, b"\0") + octets("") + octets("")
KNOWN = ("ann", "bo")


def same_page_for_ever(number: int, search: int) -> Iterator[bytes]:
    yield somebody(number, "ann")
    yield end(number, b"again")


def empty_pages_for_ever(number: int, search: int) -> Iterator[bytes]:
    yield end(number, b"%d" % search)


def new_people_for_ever(number: int, search: int) -> Iterator[bytes]:
    yield somebody(number, f"u{search}")
    yield end(number, b"%d" % search)


def a_second_page_of_which_nobody_knows_whether_it_is_the_last(number: int, search: int) -> Iterator[bytes]:
    yield somebody(number, "ann")
    yield end(number, b"next") if search % 2 else message(number, written(0x65, SUCCESS))


def an_answer_to_another_question(number: int, search: int) -> Iterator[bytes]:
    yield somebody(number + 1, "ann")
    yield end(number)


def an_answer_to_a_change(number: int, search: int) -> Iterator[bytes]:
    yield message(number, written(0x67, SUCCESS))


def a_nested_answer(number: int, search: int) -> Iterator[bytes]:
    value = b""
    for _ in range(20_000):
        value = written(0x30, value)
    yield written(0x30, integer(number) + value)


def a_control_cut_off(number: int, search: int) -> Iterator[bytes]:
    yield message(number, written(0x65, SUCCESS), {PAGED: b"\x30\x84\xff\xff\xff\xff"})


def a_page_of_the_web(number: int, search: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(200)


def values_from_the_middle(number: int, search: int) -> Iterator[bytes]:
    yield entry(number, "uid=ann,dc=x", {"entryUUID": ["ann"], "cn": ["ann"], "mail;range=5-9": ["a", "b"]})
    yield end(number)


def a_notice_of_disconnection(number: int, search: int) -> Iterator[bytes]:
    yield message(0, written(0x78, SUCCESS + written(0x8A, b"1.3.6.1.4.1.1466.20036")))


@pytest.mark.parametrize(
    "page",
    [
        same_page_for_ever,
        empty_pages_for_ever,
        new_people_for_ever,
        a_second_page_of_which_nobody_knows_whether_it_is_the_last,
        an_answer_to_another_question,
        an_answer_to_a_change,
        a_nested_answer,
        a_control_cut_off,
        a_page_of_the_web,
        values_from_the_middle,
        a_notice_of_disconnection,
    ],
)
async def test_an_answer_that_is_not_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page
) -> None:
    monkeypatch.setattr(ldap_reading, "MOST_PAGES_IN_VAIN", 20)
    monkeypatch.setattr(ldap_reading, "MOST_ENTRIES", 50)
    hostile = False

    def answers(request: Request) -> Iterator[bytes]:
        if hostile and request.is_for_people:
            yield from page(request.number, request.searches)
            return
        if request.is_for_people:
            yield from (somebody(request.number, name) for name in KNOWN)
        yield end(request.number)

    with directory_of(answers) as url:
        async with running(tmp_path, url, user="", timeoutSeconds=2) as connector:
            await connector.refresh()
            hostile = True
            with pytest.raises(ThirdPartyUnavailableError):
                await connector.refresh()
            assert await names_of(connector.store, "Person") == [*KNOWN]
            assert not [each for each in connector.messages if "were ended" in each and "of 0 people" not in each]


async def test_entries_that_cannot_be_catalogued_are_reported_and_the_others_are_catalogued(tmp_path: Path) -> None:
    def answers(request: Request) -> Iterator[bytes]:
        number = request.number
        if request.is_for_people:
            yield somebody(number, "well")
            yield somebody(number, "long", displayName=["x" * 20_000])
            yield somebody(number, "much", mail=[f"m{n}@example.org" for n in range(1_001)])
            yield entry(number, b"uid=\0,dc=x", {"entryUUID": ["nul"], "cn": ["nul"]})
            yield entry(
                number, b"uid=\xff,dc=x", {"entryUUID": ["odd"], "cn": [b"\xed\xa0\x80"], "uid": [b"a\0b", b"\xff"]}
            )
            yield somebody(number, "twin", "well")
            yield somebody(number, "key", "k" * 501)
            yield entry(number, b"", {})
        yield end(number)

    with directory_of(answers) as url:
        async with running(tmp_path, url, user="") as connector:
            await connector.refresh()
            people = [each.qualified_name.rpartition("::")[2] for each in await connector.elements("Person")]
            assert people == ["odd", "well"]
            assert await names_of(connector.store, "UserIdentity") == ["well", "�"]
            said = "\n".join(connector.messages)
            for problem in (
                "uid=long,dc=x: its name is longer than 10000 characters",
                "uid=much,dc=x: it has more than 1000 values of email",
                "its distinguished name has a NUL in it",
                "uid=key,dc=x: it has no usable entryUUID",
                "well: there is another with the same name",
            ):
                assert problem in said
            again = await connector.refresh()
            assert (again.created, again.updated, again.removed) == (0, 0, 0)


UNCHANGED = {DONE: b"\x30\x03\x01\x01\xff"}
ID = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    "answer",
    [
        lambda number: message(number, written(0x65, SUCCESS)),  # without its end
        lambda number: message(number, written(0x65, SUCCESS), {DONE: b"\x30\x7f"}),
        lambda number: somebody(number, "ann", ID) + message(number, written(0x65, SUCCESS), UNCHANGED),  # no state
        lambda number: (
            message(number, written(0x79, written(0x80, INFO.encode()) + written(0x81, b"\xa3\x04\x31\x02\x04\x09")))
            + message(number, written(0x65, SUCCESS), {DONE: b"\x30\x00"})
        ),
    ],
)
async def test_an_odd_answer_about_changes_changes_nothing(tmp_path: Path, answer: Callable[[int], bytes]) -> None:
    hostile = False

    def answers(request: Request) -> Iterator[bytes]:
        if request.is_for_changes:
            yield answer(request.number) if hostile else message(request.number, written(0x65, SUCCESS), UNCHANGED)
            return
        if request.is_for_people:
            yield somebody(request.number, "ann", ID)
        yield end(request.number)

    with directory_of(answers, tells_changes=True) as url:
        async with running(tmp_path, url, user="") as connector:
            await connector.refresh()
            hostile = True
            with pytest.raises(ThirdPartyUnavailableError, match="its answer about changes is not understood"):
                await connector.refresh()
            assert await names_of(connector.store, "Person") == ["ann"]
            assert not [each for each in connector.messages if "CONNECTORS-0006" in each]
            hostile = False
            await connector.refresh()
