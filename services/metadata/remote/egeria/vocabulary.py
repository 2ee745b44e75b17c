"""Translates this program's types, properties and relationships to the vocabulary of a metadata server.

Properties that the server's types do not have become additional properties. Names that a server refuses are learned
from its responses.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from audit.errors import DescribedError
from services.metadata.changes import Put
from services.metadata.remote.egeria.vocabulary_differences import EGERIA_4, VocabularyDifferences
from services.metadata.types.registry import supertypes_of, type_named

_FROM_RELATIONSHIPS = {theirs: ours for ours, theirs in EGERIA_4.relationships.items()}
_FROM_CLASSIFICATIONS = {theirs: ours for ours, theirs in EGERIA_4.classifications.items()}
UNKNOWN_TYPE = "OMAG-COMMON-400-018"
_UNKNOWN_NAME = re.compile(r"The type name (\S+) passed on ")
_UNKNOWN_PROPERTY = re.compile(r"OMRS-REPOSITORY-400-028 A property called (\S+) ")

_encode = msgspec.json.Encoder(order="deterministic").encode


class Vocabulary:
    """The vocabulary of one metadata server, as far as it is known."""

    def __init__(self, words: VocabularyDifferences = EGERIA_4) -> None:
        self._words = words
        self._replaced: dict[str, str] = {}
        """The server's substitutes for types that it does not have."""
        self._refused: set[tuple[str, str]] = set()
        self._links = dict(words.relationships)
        self._classifications = dict(words.classifications)
        self._tried: set[str] = set()
        self._properties: dict[str, frozenset[str]] = {}
        self._names: dict[str, dict[str, str]] = {}

    def type_for(self, type_name: str) -> str:
        """The server's type for a type."""
        return self._replaced.get(type_name) or self._words.types.get(type_name, type_name)

    def source_type(self, type_name: str) -> tuple[str, str]:
        """The type and the classification of a metadata source; the latter may be empty."""
        return self._words.sources.get(type_name, (type_name, ""))

    def type_from(self, type_name: str, classifications: Collection[str]) -> str:
        """The type for a type of the server and its classifications."""
        for ours, (theirs, classification) in self._words.sources.items():
            if type_name == theirs and classification in classifications:
                return ours
        return type_name

    def relationship_for(self, type_name: str) -> str:
        """The server's relationship type for a relationship type."""
        return self._links.get(type_name, type_name)

    def relationship_from(self, type_name: str) -> str:
        """The relationship type for a relationship type of the server."""
        return _FROM_RELATIONSHIPS.get(type_name, type_name)

    def classification_for(self, name: str) -> str:
        """The server's classification for a classification."""
        return self._classifications.get(name, name)

    def classification_from(self, name: str) -> str:
        """The classification for a classification of the server."""
        return _FROM_CLASSIFICATIONS.get(name, name)

    def learn_of(self, put: Put, sent_as: str, error: DescribedError) -> bool:
        """Learn from the refusal of an element with its relationships; true if another attempt may succeed."""
        found = _UNKNOWN_NAME.search(str(error)) if error.definition.id == UNKNOWN_TYPE else None
        refused = "" if found is None else found[1]
        for link in put.links:
            if refused == self.relationship_for(link.type_name):
                return self.learn_relationship(link.type_name, error)
        for name in put.classifications:
            if refused == self.classification_for(name):
                return self.learn_classification(name, error)
        return self.learn(put.type_name, sent_as, error)

    def learn_relationship(self, type_name: str, error: DescribedError) -> bool:
        """Learn from the refusal of a relationship; true if there is another name to try."""
        return self._learn_name(type_name, error, self._links, EGERIA_4.relationships)

    def learn_classification(self, name: str, error: DescribedError) -> bool:
        """Learn from the refusal of a classification; true if there is another name to try."""
        return self._learn_name(name, error, self._classifications, EGERIA_4.classifications)

    def _learn_name(self, name: str, error: DescribedError, names: dict[str, str], others: dict[str, str]) -> bool:
        if error.definition.id != UNKNOWN_TYPE or name not in others or name in self._tried:
            return False
        self._tried.add(name)
        names[name] = others[name] if names.get(name, name) == name else name
        return True

    def divided(self, type_name: str, properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The properties that the server's type has, by the server's names, and the others."""
        known, renamed = self._known(type_name), self._renamed(type_name)
        theirs: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, value in properties.items():
            new_name = renamed.get(name, name)
            if (known is None or new_name in known) and (type_name, new_name) not in self._refused:
                theirs[new_name] = value
            else:
                others[name] = value
        return theirs, others

    def restored(self, type_name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The server's properties, by this program's names."""
        names = {theirs: ours for ours, theirs in self._renamed(type_name).items()}
        return {names.get(name, name): value for name, value in properties.items()}

    def remote_property_name(self, type_name: str, name: str) -> str | None:
        """The server's name of a property; `None` if its type does not have the property."""
        new_name, known = self._renamed(type_name).get(name, name), self._known(type_name)
        return new_name if known is None or new_name in known else None

    def learn(self, type_name: str, sent_as: str, error: DescribedError) -> bool:
        """Learn from the refusal of an element that was sent with this type; true if another attempt may succeed."""
        if error.definition.id == UNKNOWN_TYPE:
            return self.type_for(type_name) != sent_as or self._learn_type(type_name, sent_as)
        found = _UNKNOWN_PROPERTY.search(str(error))
        if found is not None:
            self._refused.add((type_name, found[1]))
        return found is not None

    def _learn_type(self, type_name: str, tried: str) -> bool:
        above = [self.type_for(each) for each in supertypes_of(type_name)]
        left = above[above.index(tried) + 1 :] if tried in above else above
        candidates = [each for each in left if each not in (tried, "OpenMetadataRoot")]
        if candidates:
            self._replaced[type_name] = candidates[0]
        return bool(candidates)

    def _known(self, type_name: str) -> frozenset[str] | None:
        """The properties of a type of the server; `None` if all properties are sent."""
        properties = self._words.properties
        if properties is None:
            return None
        if type_name not in self._properties:
            above = [type_name, *supertypes_of(type_name)]
            self._properties[type_name] = frozenset(name for each in above for name in properties.get(each, ()))
        return self._properties[type_name]

    def _renamed(self, type_name: str) -> dict[str, str]:
        if type_name not in self._names:
            type_named(type_name)
            above = [*reversed(supertypes_of(type_name)), type_name]
            renamed = self._words.renamed
            self._names[type_name] = {ours: theirs for each in above for ours, theirs in renamed.get(each, {}).items()}
        return self._names[type_name]


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as texts: a text is unchanged, another value is encoded in JSON."""
    return {name: value if isinstance(value, str) else _encode(value).decode() for name, value in values.items()}
