"""The properties of an object that both sides have."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from audit.secret_names import tells_a_secret

COMMENT = "comment"
"""The property that is the description of an element."""
SENT_MARK = "open-metadata."
"""Begins the names of the properties of what was created there by us."""


class Shared(NamedTuple):
    """What a kind of catalogue shares: no secrets, none that a server or this connector keeps for itself."""

    own: str
    """Begins the names of additional properties that are no properties of the catalogue's objects."""
    servers: tuple[str, ...] = ()
    """Begins the names of properties that a server keeps for itself."""
    comment_alone: bool = False
    """True for objects that have no other properties."""

    def of_object(self, properties: Mapping[str, str]) -> dict[str, str]:
        """Those of an object of the catalogue, its comment among them."""
        return {
            name: value
            for name, value in properties.items()
            if (name == COMMENT or not self.comment_alone)
            and not name.startswith((*self.servers, SENT_MARK, self.own))
            and not tells_a_secret(name)
        }

    def of_element(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """Those of an element of open metadata."""
        found = {str(name): str(value) for name, value in (properties.get("additionalProperties") or {}).items()}
        found.pop(COMMENT, None)
        if properties.get("description"):
            found[COMMENT] = str(properties["description"])
        return self.of_object(found)


def is_sent(properties: Mapping[str, str]) -> bool:
    """True if an object of the catalogue was created there by us."""
    return f"{SENT_MARK}qualifiedName" in properties


def without_comment(values: Mapping[str, str]) -> dict[str, str]:
    """The properties that are additional properties of an element."""
    return {name: value for name, value in values.items() if name != COMMENT}
