"""The types, properties and relationships of this program in the words of Egeria 4.

What the types there do not have is kept among an element's additional properties. The tables below are those of
version 4.3; what another version of the generation refuses is learned from its answers.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import msgspec

from audit.errors import DescribedError
from services.metadata.types.registry import supertypes_of, type_named

_PROPERTIES = {
    "Referenceable": {"qualifiedName", "additionalProperties"},
    "Asset": {"name", "description", "versionIdentifier"},
    "DataStore": {"pathName", "storeCreateTime", "storeUpdateTime", "deployedImplementationType"},
    "FileFolder": {"pathName", "storeCreateTime", "storeUpdateTime", "deployedImplementationType"},
    "DataSet": {"deployedImplementationType"},
    "DataFile": {"fileType"},
    "CSVFile": {"delimiterCharacter", "quoteCharacter"},
    "Database": {"databaseVersion", "instance"},
    "SchemaElement": {"displayName", "description", "isDeprecated"},
    "SchemaAttribute": {
        "position",
        "isNullable",
        "allowsDuplicateValues",
        "defaultValueOverride",
        "nativeClass",
        "length",
        "precision",
        "significantDigits",
        "aliases",
    },
    "SoftwareCapability": {"name", "description", "deployedImplementationType"},
    "Process": {"formula", "implementationLanguage"},
    "IntegrationConnector": {"usesBlockingCalls"},
    "Connection": {
        "displayName",
        "description",
        "userId",
        "clearPassword",
        "encryptedPassword",
        "securedProperties",
        "configurationProperties",
    },
    "ConnectorType": {"displayName", "description", "connectorProviderClassName"},
    "Endpoint": {"name", "description", "networkAddress", "protocol", "encryptionMethod"},
    "Glossary": {"displayName", "description", "language", "usage"},
    "GlossaryCategory": {"displayName", "description"},
    "GlossaryTerm": {"displayName", "description", "summary", "examples", "abbreviation", "usage"},
    "ExternalId": {"identifier", "mappingProperties"},
    "ActorProfile": {"name", "description"},
    "Person": {"fullName", "jobTitle", "employeeNumber"},
    "Team": {"teamType"},
    "UserIdentity": {"userId", "distinguishedName"},
    "ContributionRecord": {"karmaPoints"},
    "SecurityGroup": {"distinguishedName"},
}
"""The properties that a type has there beside those of the types above it."""
_RENAMED = {
    "Asset": {"displayName": "name"},
    "SoftwareCapability": {"displayName": "name"},
    "Endpoint": {"displayName": "name"},
    "ActorProfile": {"displayName": "name"},
    "SchemaAttribute": {"elementPosition": "position"},
}
_RELATIONSHIPS = {"Schema": "AssetSchemaType", "DataSetContent": "DataContentForDataSet"}
_FROM_RELATIONSHIPS = {theirs: ours for ours, theirs in _RELATIONSHIPS.items()}
_CLASSIFICATIONS = {"DataAssetEncoding": "DataStoreEncoding"}
_FROM_CLASSIFICATIONS = {theirs: ours for ours, theirs in _CLASSIFICATIONS.items()}
_TYPES = {"DataAsset": "Asset"}
_SOURCES = {
    "FileSystem": ("DataManager", "FileSystem"),
    "FileManager": ("DataManager", "FileManager"),
    "Engine": ("SoftwareCapability", ""),
    "AssetManager": ("SoftwareCapability", ""),
}
UNKNOWN_TYPE = "OMAG-COMMON-400-018"
_UNKNOWN_PROPERTY = re.compile(r"OMRS-REPOSITORY-400-028 A property called (\S+) ")

_encode = msgspec.json.Encoder(order="deterministic").encode


class Vocabulary:
    """What is known of the words of one metadata server."""

    def __init__(self) -> None:
        self._replaced: dict[str, str] = {}
        """The type that stands for one that the server does not have."""
        self._refused: set[tuple[str, str]] = set()

    def type_for(self, type_name: str) -> str:
        """The type of the server that stands for a type."""
        return self._replaced.get(type_name) or _TYPES.get(type_name, type_name)

    def source_type(self, type_name: str) -> tuple[str, str]:
        """The type and the classification of a metadata source; the latter may be empty."""
        return _SOURCES.get(type_name, (type_name, ""))

    def type_from(self, type_name: str, classifications: Collection[str]) -> str:
        """The type that one of the server stands for, where its classifications tell."""
        for ours, (theirs, classification) in _SOURCES.items():
            if type_name == theirs and classification in classifications:
                return ours
        return type_name

    def relationship_for(self, type_name: str) -> str:
        """The relationship type of the server that stands for one."""
        return _RELATIONSHIPS.get(type_name, type_name)

    def relationship_from(self, type_name: str) -> str:
        """The relationship type that one of the server stands for."""
        return _FROM_RELATIONSHIPS.get(type_name, type_name)

    def classification_for(self, name: str) -> str:
        """The classification of the server that stands for one."""
        return _CLASSIFICATIONS.get(name, name)

    def classification_from(self, name: str) -> str:
        """The classification that one of the server stands for."""
        return _FROM_CLASSIFICATIONS.get(name, name)

    def divided(self, type_name: str, properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The properties that the server's type has, by its names, and the others."""
        known, renamed = _known(type_name), _renamed(type_name)
        theirs: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, value in properties.items():
            new_name = renamed.get(name, name)
            if new_name in known and (type_name, new_name) not in self._refused:
                theirs[new_name] = value
            else:
                others[name] = value
        return theirs, others

    def restored(self, type_name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties of the server by our names."""
        names = {theirs: ours for ours, theirs in _renamed(type_name).items()}
        return {names.get(name, name): value for name, value in properties.items()}

    def name_there(self, type_name: str, name: str) -> str | None:
        """The server's name of a property, if its type has it."""
        new_name = _renamed(type_name).get(name, name)
        return new_name if new_name in _known(type_name) else None

    def learn(self, type_name: str, sent_as: str, error: DescribedError) -> bool:
        """Learn from a refusal of an element that was sent as this type; true if it is worth another try."""
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


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values that are kept as texts: a text as it is, another value in JSON."""
    return {name: value if isinstance(value, str) else _encode(value).decode() for name, value in values.items()}


@cache
def _known(type_name: str) -> frozenset[str]:
    above = [type_name, *supertypes_of(type_name)]
    return frozenset(name for each in above for name in _PROPERTIES.get(each, ()))


@cache
def _renamed(type_name: str) -> dict[str, str]:
    type_named(type_name)
    above = [*reversed(supertypes_of(type_name)), type_name]
    return {ours: theirs for each in above for ours, theirs in _RENAMED.get(each, {}).items()}
