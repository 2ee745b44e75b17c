"""Active Directory gives the members of a large group in parts, and all of them are read."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.organization.ldap3_directory import Ldap3Directory
from services.organization.ldap_directory import DirectoryError, Search, Where

MEMBERS = [f"cn=m{n}".encode() for n in range(7)]
SEARCH = Search(base="dc=x", filter="(objectClass=group)", attributes=["member"])


class PartByPart:
    """A connection to a server that gives three values at a time."""

    last = len(MEMBERS)
    """The server fails to give values from here on."""

    def __init__(self, server: object, **_: Any) -> None:
        self.result = {"result": 0, "description": "success"}
        self.response: list[dict[str, Any]] = []

    def open(self, **_: Any) -> None:
        """Nothing is to be done."""

    def bind(self, **_: Any) -> bool:
        return True

    def search(self, base: str, filter: str, attributes: Sequence[str], **_: Any) -> None:
        start = int(attributes[0].partition("=")[2].removesuffix("-*") or 0)
        end = start + 3
        name = f"member;range={start}-{'*' if end >= len(MEMBERS) else end - 1}"
        values = {"member": [], name: MEMBERS[start:end]} if start < self.last else {}
        self.response = [{"type": "searchResEntry", "dn": "cn=g", "raw_attributes": values}]


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Ldap3Directory:
    monkeypatch.setattr("ldap3.Connection", PartByPart)
    made = Ldap3Directory(Where(host="h", port=389, tls="none", ca_file=None, timeout=1, user=""))
    made.open(None)
    return made


def test_all_parts_are_read(directory: Ldap3Directory) -> None:
    (entry,) = directory.page(SEARCH, 10, b"").entries
    assert entry.attributes["member"] == MEMBERS


def test_a_part_that_does_not_come_is_an_error(directory: Ldap3Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PartByPart, "last", 6)
    with pytest.raises(DirectoryError, match="the values of member of cn=g did not come completely"):
        directory.page(SEARCH, 10, b"")
