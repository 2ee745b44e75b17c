"""Elements in the vocabulary of Egeria 4: the names of types, properties, relationships and classifications."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.errors import InvalidParameterError
from services.metadata.egeria.effectivity import FROM, TO
from services.metadata.element import ElementRecord
from services.metadata.remote.egeria.values import encoded
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.types.registry import types_by_name

_vocabulary = Vocabulary()
_SOURCES = {
    "DataManager": "SoftwareCapability",
    "DatabaseManager": "SoftwareCapability",
    "EventBroker": "SoftwareCapability",
    "APIManager": "SoftwareCapability",
    "Application": "SoftwareCapability",
    "ReportingEngine": "Engine",
    "DataMovementEngine": "Engine",
    "AnalyticsEngine": "Engine",
    "DataVirtualizationEngine": "Engine",
}
"""The store's types for Egeria's types of metadata sources."""


class EgeriaNames:
    """The names and values of an element in Egeria's vocabulary."""

    __slots__ = ("classifications", "properties", "type_name")

    def __init__(self, record: ElementRecord) -> None:
        self.type_name = _vocabulary.type_for(record.type_name)
        theirs, others = _vocabulary.divided(record.type_name, record.properties)
        self.properties: dict[str, Any] = {
            name: value for name, value in {**theirs, **others}.items() if name not in (FROM, TO)
        }
        self.classifications: dict[str, dict[str, Any]] = {
            _vocabulary.classification_for(name): properties for name, properties in record.classifications.items()
        }
        source_type, classification = _vocabulary.source_type(record.type_name)
        if source_type != record.type_name:
            self.type_name = source_type
            if classification:
                self.classifications.setdefault(classification, {})


def type_of_source(type_name: str, classification: str) -> str:
    """The store's type of a metadata source, from its type and classification in Egeria."""
    for known in ("FileSystem", "FileManager"):
        if classification == known:
            return known
    if type_name in types_by_name():
        return type_name
    return _SOURCES.get(type_name, "SoftwareCapability")


def own_property_names(type_name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Rename properties to the store's names; names of other generations of Egeria are the store's already."""
    restored = _vocabulary.restored(type_name, properties)
    return {**restored, **{name: value for name, value in properties.items() if name in restored}}


def egeria_property_name(type_name: str, name: str) -> str:
    """Egeria's name of a property."""
    return _vocabulary.remote_property_name(type_name, name) or name


def own_relationship_name(name: str) -> str:
    """The store's name of a relationship type."""
    return _vocabulary.relationship_from(name)


def egeria_relationship_name(name: str) -> str:
    """Egeria's name of a relationship type."""
    return _vocabulary.relationship_for(name)


def own_classification_name(name: str) -> str:
    """The store's name of a classification."""
    return _vocabulary.classification_from(name)


def property_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Properties in the form of responses, with the type of each; properties without a value are left out."""
    shown = {name: _value(name, value) for name, value in values.items() if value is not None}
    return {"propertyValueMap": shown, "propertyCount": len(shown), "propertyNames": list(shown)}


def _value(name: str, value: Any) -> dict[str, Any]:
    try:
        return encoded(name, value)
    except InvalidParameterError:  # an invalid time, or a list with gaps
        return encoded("", value if isinstance(value, str) else msgspec.json.encode(value).decode())
