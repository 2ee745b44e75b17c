"""The controls of LDAP content synchronization (RFC 4533), which reports the changes since an earlier search.

Their values are in BER, with a fixed and shallow structure. They are decoded here, part by part and without recursion,
so deep nesting in an answer does no harm.
"""

from collections.abc import Iterator

import msgspec

REQUEST, STATE, DONE, INFO = (f"1.3.6.1.4.1.4203.1.9.1.{number}" for number in (1, 2, 3, 4))
_BOOLEAN, _OCTETS, _ENUMERATED, _SEQUENCE, _SET, _ID_SET = 0x01, 0x04, 0x0A, 0x30, 0x31, 0xA3
_REFRESH_ONLY, _ADD, _MODIFY = b"\x01", b"\x01", b"\x02"
_ID_LENGTH = 16


class NotUnderstoodError(Exception):
    """A value does not conform to the standard."""


class SyncDone(msgspec.Struct, frozen=True):
    """The control at the end of an answer (Sync Done)."""

    cookie: bytes
    """The cookie for the next request; empty: the cookie of this request remains valid."""
    refresh_deletes: bool
    """True if deleted entries are listed; false: entries that are not mentioned are deleted."""


class SyncIdSet(msgspec.Struct, frozen=True):
    """A set of identifiers of entries (Sync Info)."""

    ids: list[bytes]
    refresh_deletes: bool
    """True for deleted entries, false for unchanged entries."""


def request(cookie: bytes) -> bytes:
    """The value of the control that requests the changes since a cookie."""
    return written(_SEQUENCE, written(_ENUMERATED, _REFRESH_ONLY) + written(_OCTETS, cookie))


def id_of_state(value: bytes) -> bytes:
    """The identifier of a new or changed entry, from the entry's control (Sync State)."""
    parts = list(_parts(_only(value, _SEQUENCE)))
    if len(parts) < 2 or parts[0] not in ((_ENUMERATED, _ADD), (_ENUMERATED, _MODIFY)):
        raise NotUnderstoodError("the state of an entry is neither new nor changed")
    return _id(*parts[1])


def done(value: bytes) -> SyncDone:
    """Decode the control at the end of an answer."""
    found = dict(_parts(_only(value, _SEQUENCE)))
    return SyncDone(found.get(_OCTETS, b""), found.get(_BOOLEAN, b"\x00") != b"\x00")


def id_set(value: bytes) -> SyncIdSet:
    """Decode a message between entries; all forms but the identifier set yield an empty set."""
    (tag, content), *rest = _parts(value) if value else [(0, b"")]
    if rest:
        raise NotUnderstoodError("there is more than one value")
    if tag != _ID_SET:
        return SyncIdSet([], refresh_deletes=False)
    found = dict(_parts(content))
    if _SET not in found:
        raise NotUnderstoodError("there is no set of identifiers")
    return SyncIdSet([_id(*each) for each in _parts(found[_SET])], found.get(_BOOLEAN, b"\x00") != b"\x00")


def _id(tag: int, content: bytes) -> bytes:
    if tag != _OCTETS or len(content) != _ID_LENGTH:
        raise NotUnderstoodError("an identifier is not one of 16 octets")
    return content


def _only(value: bytes, wanted: int) -> bytes:
    found = list(_parts(value))
    if len(found) != 1 or found[0][0] != wanted:
        raise NotUnderstoodError("a value has another form")
    return found[0][1]


def _parts(value: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(value)
    while at < end:
        tag, at = value[at], at + 2
        length = value[at - 1] if at <= end else 0x80
        if length >= 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(value[at : at + octets], "big"), at + octets
            if not 1 <= octets <= 4:
                raise NotUnderstoodError("a length is not understood")
        if at + length > end:
            raise NotUnderstoodError("a value is cut off")
        yield tag, value[at : at + length]
        at += length


def written(tag: int, content: bytes) -> bytes:
    """Encode a value in BER."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
