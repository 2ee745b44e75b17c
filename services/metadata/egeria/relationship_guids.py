"""The GUIDs by which programs of Egeria know relationships.

There is one relationship of a type between two elements, so its type and the GUIDs of its ends identify it: it is found
by them without an index of relationships.
"""

import re
from typing import NamedTuple

from services.metadata.element import RelationshipRecord

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUID = re.compile(rf"(?P<type_name>[A-Za-z]+)-(?P<end1>{_UUID})-(?P<end2>{_UUID})")


class RelationshipKey(NamedTuple):
    """What identifies a relationship."""

    type_name: str
    end1: str
    end2: str

    @property
    def guid(self) -> str:
        """The GUID that stands for it."""
        return f"{self.type_name}-{self.end1}-{self.end2}"


def guid_of(link: RelationshipRecord) -> str:
    """The GUID of a relationship."""
    return RelationshipKey(link.type_name, link.end1_guid, link.end2_guid).guid


def key_in(guid: str) -> RelationshipKey | None:
    """What a GUID stands for; `None` if it cannot be that of a relationship."""
    found = _GUID.fullmatch(guid)
    return None if found is None else RelationshipKey(found["type_name"], found["end1"], found["end2"])
