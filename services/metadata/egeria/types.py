"""The types of elements, relationships and classifications, as headers of Egeria 4 describe them.

The identifiers are those of the open metadata types. The header of a type that is not listed has no identifier.
"""

from functools import cache
from typing import Any

import msgspec

from services.errors import InvalidParameterError
from services.metadata.messages import VALUE_NOT_USABLE
from services.metadata.types.base import OpenMetadataRoot
from services.metadata.types.classifications import CLASSIFICATIONS
from services.metadata.types.registry import supertypes_of, type_named
from services.metadata.types.relationships import RELATIONSHIPS

_IDS = {
    "OpenMetadataRoot": "4e7761e8-3969-4627-8f40-bfe3cde85a1d",
    "Referenceable": "a32316b8-dc8c-48c5-b12b-71c1b2a080bf",
    "Asset": "896d14c2-7522-4f6c-8519-757711943fe6",
    "Process": "d8f33bd7-afa9-4a11-a8c7-07dcec83c050",
    "DataSet": "1449911c-4f44-4c22-abc0-7540154feefb",
    "Database": "0921c83f-b2db-4086-a52c-0d10e52ca078",
    "DeployedDatabaseSchema": "eab811ec-556a-45f1-9091-bc7ac8face0f",
    "FileFolder": "229ed5cc-de31-45fc-beb4-9919fd247398",
    "DataFolder": "9f1fb984-db15-43ee-85fb-f8b0353bfb8b",
    "DataFile": "10752b4a-4b5d-4519-9eae-fdd6d162122f",
    "CSVFile": "2ccb2117-9cee-47ca-8150-9b3a543adcec",
    "SchemaElement": "718d4244-8559-49ed-ad5a-10e5c305a656",
    "SchemaType": "5bd4a3e7-d22d-4a3d-a115-066ee8e0754f",
    "SchemaAttribute": "1a5e159b-913a-43b1-95fe-04433b25fca9",
    "RelationalDBSchemaType": "f20f5f45-1afb-41c1-9a09-34d8812626a4",
    "RelationalTable": "ce7e72b8-396a-4013-8688-f9d973067425",
    "RelationalColumn": "aa8d5470-6dbc-4648-9e2f-045e5df9d2f9",
    "TabularSchemaType": "248975ec-8019-4b8a-9caf-084c8b724233",
    "TabularColumn": "d81a0425-4e9b-4f31-bc1c-e18c3566da10",
    "Glossary": "36f66863-9726-4b41-97ee-714fd0dc6fe4",
    "GlossaryCategory": "e507485b-9b5a-44c9-8a28-6967f7ff3672",
    "GlossaryTerm": "0db3e6ec-f5ef-4d75-ae38-b7ee6fd6ec0a",
    "InformationView": "68d7b905-6438-43be-88cf-5de027b4aaaf",
    "Form": "8078e3d1-0c63-4ace-aafa-68498b39ccd6",
    "DeployedReport": "e9077f4f-955b-4d7b-b1f7-12ee769ff0c3",
    "APIOperation": "f1c0af19-2729-4fac-996e-a7badff3c21c",
    "APIOperations": "03737169-ceb5-45f0-84f0-21c5929945af",
    "NestedFile": "4cb88900-1446-4eb6-acea-29cd9da45e63",
    "AttributeForSchema": "86b176a2-015c-44a6-8106-54d5d69ba661",
    "NestedSchemaAttribute": "0ffb9d87-7074-45da-a9b0-ae0859611133",
    "Memento": "ecdcd472-6701-4303-8dec-267bcb54feb9",
    "DataStoreEncoding": "f08e48b5-6b66-40f5-8ff6-c2bfe527330b",
    "TypeEmbeddedAttribute": "e2bb76bb-774a-43ff-9045-3a05f663d5d9",
}
_VERSIONS = {"DataFile": 2, "Database": 2}
"""The versions of types other than 1."""
_ABOVE = {
    "FileFolder": "DataStore",
    "RelationalDBSchemaType": "ComplexSchemaType",
    "TabularSchemaType": "ComplexSchemaType",
    "ComplexSchemaType": "SchemaType",
    "DataStore": "Asset",
    "DataSet": "Asset",
    "DataAsset": "Asset",
}
"""The supertypes of types whose supertype differs from the store's."""
_PROPERTIES = {
    "Asset": {"name", "description", "owner", "ownerType", "zoneMembership", "latestChange", "resourceDescription"},
    "DataStore": {"createTime", "modifiedTime"},
    "FileFolder": {"pathName"},
    "MediaFile": {"embeddedMetadata"},
    "Database": {"type", "importedFrom"},
    "SchemaType": {"usage", "encodingStandard", "namespace", "author", "versionNumber"},
    "SchemaAttribute": {
        "position",
        "minCardinality",
        "maxCardinality",
        "orderedValues",
        "sortOrder",
        "minimumLength",
        "aliases",
    },
    "SoftwareCapability": {"name", "type", "capabilityType", "capabilityVersion", "version", "patchLevel", "source"},
    "Process": {"formulaType"},
    "ActorProfile": {"name"},
    "Person": {"initials", "pronouns", "preferredLanguage", "employeeType", "isPublic"},
    "PersonRole": {"identifier", "scope", "domainIdentifier"},
    "ContributionRecord": {"isPublic"},
    "SecurityGroup": {
        "title",
        "summary",
        "documentIdentifier",
        "scope",
        "priority",
        "implications",
        "outcomes",
        "results",
    },
    "ExternalId": {"keyPattern"},
    "IntegrationReport": {"createdElements", "updatedElements", "deletedElements"},
}
"""Egeria's properties of types beyond those of the store."""
_VALUES: dict[str, Any] = {
    "position": int,
    "minCardinality": int,
    "maxCardinality": int,
    "minimumLength": int,
    "domainIdentifier": int,
    "orderedValues": bool,
    "isPublic": bool,
    "aliases": list[str],
    "createdElements": list[str],
    "updatedElements": list[str],
    "deletedElements": list[str],
    "implications": list[str],
    "outcomes": list[str],
    "results": list[str],
    "latestChange": Any,
    "zoneMembership": list[str],
    "ownerType": Any,
    "embeddedMetadata": dict[str, Any],
    "sortOrder": Any,
}
"""The types of the values of these properties, other than text."""


@cache
def type_header(name: str) -> dict[str, Any]:
    """The header of an element type, by Egeria's name."""
    return {**_header(name, _meaning(name)), "superTypeNames": supertypes(name)}


@cache
def link_header(name: str) -> dict[str, Any]:
    """The header of a relationship or classification type."""
    known = RELATIONSHIPS.get(name)
    return _header(name, known.meaning if known is not None else CLASSIFICATIONS.get(name, ""))


def supertypes(name: str) -> list[str]:
    """All supertypes of a type, nearest first."""
    above: list[str] = []
    while (next_above := _ABOVE.get(name) or next(iter(_own_supertypes(name)), "")) != "":
        above.append(next_above)
        name = next_above
    return above


def has_property(type_name: str, name: str) -> bool:
    """True if elements of a type can have a property, by its name in the store or in Egeria."""
    return name in _values_of(type_name)


def require_value(type_name: str, name: str, value: Any, place: str) -> None:
    """Raise `InvalidParameterError` for a value of a wrong type; `name` is the store's or Egeria's property name."""
    wanted = _values_of(type_name).get(name)
    if wanted is not None and value is not None:
        require_usable(value, wanted, place)


def require_usable(value: Any, wanted: Any, place: str) -> None:
    """Raise `InvalidParameterError`, with the place in the request, for a value that is not of the wanted type."""
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        problem = str(error).partition(" - at ")[0]
        raise InvalidParameterError(VALUE_NOT_USABLE, place=place, problem=problem) from None


@cache
def _values_of(type_name: str) -> dict[str, Any]:
    """The types of the values of an element's properties, by name."""
    kind = type_named(type_name)
    own = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    egeria = {name for each in (type_name, *supertypes(type_name)) for name in _PROPERTIES.get(each, ())}
    return {**{name: _VALUES.get(name, str) for name in egeria}, **own}


def _header(name: str, meaning: str) -> dict[str, Any]:
    identifier = {"typeId": _IDS[name]} if name in _IDS else {}
    return {**identifier, "typeName": name, "typeVersion": _VERSIONS.get(name, 1), "typeDescription": meaning}


def _own_supertypes(name: str) -> list[str]:
    try:
        return supertypes_of(name)
    except InvalidParameterError:
        return []


def _meaning(name: str) -> str:
    try:
        return (type_named(name).__doc__ or "").partition("\n")[0]
    except InvalidParameterError:
        return ""


def is_a(type_name: str, kind: str) -> bool:
    """True if a type is another type or one of its subtypes."""
    return issubclass(type_named(type_name), type_named(kind))


ROOT = OpenMetadataRoot.type_name()
