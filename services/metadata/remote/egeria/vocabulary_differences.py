"""The vocabularies of the generations of Egeria: their types, properties, relationships and classifications.

Those of Egeria 4 are of version 4.3. Egeria 5 is assumed to have the same vocabulary, and Egeria 6 the vocabulary of
this program; names that a server refuses are learned from its responses.
"""

import msgspec

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
"""The properties of Egeria's types, without those of their supertypes."""
_RENAMED = {
    "Asset": {"displayName": "name"},
    "SoftwareCapability": {"displayName": "name"},
    "Endpoint": {"displayName": "name"},
    "ActorProfile": {"displayName": "name"},
    "SchemaAttribute": {"elementPosition": "position"},
}
_RELATIONSHIPS = {"Schema": "AssetSchemaType", "DataSetContent": "DataContentForDataSet"}
_CLASSIFICATIONS = {"DataAssetEncoding": "DataStoreEncoding"}
_TYPES = {"DataAsset": "Asset"}
_SOURCES = {
    "FileSystem": ("DataManager", "FileSystem"),
    "FileManager": ("DataManager", "FileManager"),
    "Engine": ("SoftwareCapability", ""),
    "AssetManager": ("SoftwareCapability", ""),
}


class VocabularyDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """The vocabulary of one generation, where it differs from this program's."""

    properties: dict[str, set[str]] | None = None
    """The properties of types, without those of their supertypes; `None` if all are the same as here."""
    renamed: dict[str, dict[str, str]] = {}
    """The names of properties, by type."""
    relationships: dict[str, str] = {}
    classifications: dict[str, str] = {}
    types: dict[str, str] = {}
    sources: dict[str, tuple[str, str]] = {}
    """The type and the classification of metadata sources."""


EGERIA_4 = VocabularyDifferences(
    properties=_PROPERTIES,
    renamed=_RENAMED,
    relationships=_RELATIONSHIPS,
    classifications=_CLASSIFICATIONS,
    types=_TYPES,
    sources=_SOURCES,
)
EGERIA_5 = EGERIA_4
EGERIA_6 = VocabularyDifferences()
