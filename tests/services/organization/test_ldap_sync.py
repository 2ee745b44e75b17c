"""Answers about changes are read as RFC 4533 has them, and anything else is one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.organization.ldap_sync import NotUnderstoodError, SyncDone, SyncIdSet, done, id_of_state, id_set, request

ONE, TWO = bytes(range(16)), bytes(range(16, 32))


def test_a_request_has_a_cookie_of_any_length() -> None:
    assert request(b"csn") == b"\x30\x08\x0a\x01\x01\x04\x03csn"
    assert request(b"c" * 300) == b"\x30\x82\x01\x33\x0a\x01\x01\x04\x82\x01\x2c" + b"c" * 300


def test_an_answer_is_read() -> None:
    assert done(b"\x30\x08\x04\x03csn\x01\x01\xff") == SyncDone(b"csn", refresh_deletes=True)
    assert done(b"\x30\x05\x04\x03csn") == SyncDone(b"csn", refresh_deletes=False)
    assert done(b"\x30\x00") == SyncDone(b"", refresh_deletes=False)
    assert id_of_state(b"\x30\x15\x0a\x01\x02\x04\x10" + ONE) == ONE
    ids = b"\x31\x24\x04\x10" + ONE + b"\x04\x10" + TWO
    assert id_set(b"\xa3\x26" + ids) == SyncIdSet([ONE, TWO], refresh_deletes=False)
    assert id_set(b"\xa3\x29\x01\x01\xff" + ids) == SyncIdSet([ONE, TWO], refresh_deletes=True)
    assert id_set(b"\x80\x03csn") == SyncIdSet([], refresh_deletes=False)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x15\x0a\x01\x03\x04\x10" + ONE,  # it says that the entry was deleted
        b"\x30\x14\x0a\x01\x02\x04\x0f" + ONE[:15],
        b"\x30\x03\x0a\x01\x02",
        b"\x30\x00\x30\x00",
    ],
)
def test_the_state_of_an_entry_that_is_not_understood_is_an_error(value: bytes) -> None:
    with pytest.raises(NotUnderstoodError):
        id_of_state(value)


@pytest.mark.parametrize(
    "value", [b"\xa3\x00", b"\xa3\x02\x31\x05", b"\xa3\x06\x31\x04\x04\x02ab", b"\x80\x00\x80\x00"]
)
def test_identifiers_that_are_not_understood_are_an_error(value: bytes) -> None:
    with pytest.raises(NotUnderstoodError):
        id_set(value)


@given(st.binary() | st.builds(lambda each: b"\xa3" + bytes((len(each),)) + each, st.binary(max_size=127)))
def test_any_octets_are_read_or_are_one_error(value: bytes) -> None:
    for read in (done, id_of_state, id_set):
        try:
            read(value)
        except NotUnderstoodError:
            continue
