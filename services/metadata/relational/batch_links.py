"""The relationships of a batch. All functions block, and run in one transaction on the writer's thread."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.changes import Link, Outcome, Put, Rejection, Relate, Unrelate
from services.metadata.relational.tables import NewRelationship, Tables

_encode = msgspec.json.Encoder().encode
_NONE: dict[tuple[str, int, int], int] = {}


class BatchLinks:
    """The links that the elements of one batch state, and the ids of the elements that they lead to.

    Links are created at the end of the batch, since an element may name one that comes later in the batch.
    """

    def __init__(self, tables: Tables, guids: Iterator[str], outcome: Outcome) -> None:
        self._tables = tables
        self._guids = guids
        self._outcome = outcome
        self._relationships: dict[tuple[str, int, int], NewRelationship] = {}
        """The relationships to create, by type and ends: a type links two elements at most once."""
        self._ids: dict[str, int] = {}
        """The ids of elements, by qualified name."""
        self._stated: dict[int, tuple[Put, bool]] = {}
        """The last put of each element, and whether the element is new, by id."""

    def state(self, put: Put, element: int, *, is_new: bool) -> None:
        """Record a put element, for the links that it states and for the links that lead to it."""
        self._ids[put.qualified_name] = element
        if put.links or not is_new:
            _, was_new = self._stated.get(element, (put, is_new))
            self._stated[element] = put, was_new

    def forget(self, qualified_name: str) -> None:
        """Record a removed element: links no longer lead to it."""
        self._ids.pop(qualified_name, None)

    def drop(self, element: int) -> None:
        """Record a deleted element: the links that it stated in this batch are not created."""
        self._stated.pop(element, None)

    def id_of(self, qualified_name: str) -> int | None:
        """The id of an active element, in the batch or stored."""
        element = self._ids.get(qualified_name)
        if element is None:
            found = self._tables.by_names([qualified_name]).get(qualified_name)
            if found is None:
                return None
            element = self._ids[qualified_name] = found.id
        return element

    def make_all(self) -> None:
        """Create the stated relationships, and delete those that are no longer stated."""
        wanted = {link.qualified_name for put, _ in self._stated.values() for link in put.links} - self._ids.keys()
        self._ids.update((name, found.id) for name, found in self._tables.by_names(sorted(wanted)).items())
        before: dict[int, dict[tuple[str, int, int], int]] = {}
        known = [element for element, (_, is_new) in self._stated.items() if not is_new]
        if known:
            for element, relationship, type_name, end1, end2 in self._tables.stated_links(known):
                before.setdefault(element, {})[type_name, end1, end2] = relationship
        for element, (put, _) in self._stated.items():
            stated = before.get(element, _NONE)
            for link in put.links:
                self._make(put.qualified_name, element, link, stated)
        left = [relationship for links in before.values() for relationship in links.values()]
        if left:
            self._tables.delete_relationships(left)
        if self._relationships:
            self._tables.add_relationships(list(self._relationships.values()))

    def _make(self, name: str, element: int, link: Link, before: dict[tuple[str, int, int], int]) -> None:
        other = self._ids.get(link.qualified_name)
        if other is None:
            self._reject(name, link.type_name, link.qualified_name)
            return
        end1, end2 = (other, element) if link.at_end1 else (element, other)
        key = link.type_name, end1, end2
        before.pop(key, None)
        self._relationships[key] = self._relationship(*key, element, link.properties)

    def relate(self, relate: Relate) -> tuple[int, int] | None:
        """Create a relationship immediately; returns the ids of its ends, or `None` if it was rejected."""
        end1, end2 = self.id_of(relate.end1), self.id_of(relate.end2)
        if end1 is None or end2 is None:
            self._reject(relate.end1, relate.type_name, relate.end1 if end1 is None else relate.end2)
            return None
        self._tables.add_relationships([self._relationship(relate.type_name, end1, end2, None, relate.properties)])
        self._outcome.updated += 1
        return end1, end2

    def unrelate(self, unrelate: Unrelate) -> tuple[int, int] | None:
        """Delete a relationship immediately; returns the ids of its ends, or `None` if an end does not exist."""
        end1, end2 = self.id_of(unrelate.end1), self.id_of(unrelate.end2)
        if end1 is None or end2 is None:
            return None
        self._outcome.removed += self._tables.delete_between(end1, end2, unrelate.type_name)
        return end1, end2

    def _relationship(
        self, type_name: str, end1: int, end2: int, stated_by: int | None, properties: Mapping[str, Any]
    ) -> NewRelationship:
        encoded = _encode(properties).decode() if properties else None
        return NewRelationship(next(self._guids), type_name, end1, end2, stated_by, encoded)

    def _reject(self, subject: str, type_name: str, name: str) -> None:
        error = InvalidParameterError(messages.OTHER_END_NOT_FOUND, type_name=type_name, name=name)
        self._outcome.rejected.append(Rejection(subject, str(error)))
