"""The properties of an object that are exchanged between both sides."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from audit.secret_names import is_secret_name

COMMENT = "comment"
"""The property that holds the description of an element."""
SENT_MARK = "open-metadata."
"""Prefix of the names of properties that mark objects created by this connector."""


class Shared(NamedTuple):
    """The shared properties of a kind of catalogue: no secrets, and none of the server's or connector's own."""

    own: str
    """Prefix of the names of additional properties that do not come from properties of the catalogue's objects."""
    servers: tuple[str, ...] = ()
    """Prefixes of the names of properties that belong to a server."""
    comment_alone: bool = False
    """True for objects that have no other properties."""

    def of_object(self, properties: Mapping[str, str]) -> dict[str, str]:
        """The shared properties of an object of the catalogue, including its comment; an empty comment is none."""
        return {
            name: value
            for name, value in properties.items()
            if (value if name == COMMENT else not self.comment_alone)
            and not name.startswith((*self.servers, SENT_MARK, self.own))
            and not is_secret_name(name)
        }

    def of_element(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """The shared properties of an element of open metadata."""
        further = (properties.get("additionalProperties") or {}).items()
        found = {str(name): str(value) for name, value in further if value is not None}
        found.pop(COMMENT, None)
        if properties.get("description"):
            found[COMMENT] = str(properties["description"])
        return self.of_object(found)


def is_sent(properties: Mapping[str, str]) -> bool:
    """True if this connector created the object of the catalogue."""
    return f"{SENT_MARK}qualifiedName" in properties


def without_comment(values: Mapping[str, str]) -> dict[str, str]:
    """The properties that are additional properties of an element."""
    return {name: value for name, value in values.items() if name != COMMENT}
