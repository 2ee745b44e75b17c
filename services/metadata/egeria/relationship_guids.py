"""The GUIDs of relationships for programs of Egeria.

Two elements have at most one relationship of a type, so that its type and the GUIDs of its ends identify it. With these
three in its GUID, a relationship is found without an index of relationships.
"""

import re
from typing import NamedTuple

from services.metadata.element import RelationshipRecord

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUID = re.compile(rf"(?P<type_name>[A-Za-z]+)-(?P<end1>{_UUID})-(?P<end2>{_UUID})")


class RelationshipKey(NamedTuple):
    """The identity of a relationship."""

    type_name: str
    end1: str
    end2: str

    @property
    def guid(self) -> str:
        """The GUID made of the type and the ends."""
        return f"{self.type_name}-{self.end1}-{self.end2}"


def guid_of(link: RelationshipRecord) -> str:
    """The GUID of a relationship."""
    return RelationshipKey(link.type_name, link.end1_guid, link.end2_guid).guid


def key_in(guid: str) -> RelationshipKey | None:
    """Parse the GUID of a relationship; `None` for another text."""
    found = _GUID.fullmatch(guid)
    return None if found is None else RelationshipKey(found["type_name"], found["end1"], found["end2"])
