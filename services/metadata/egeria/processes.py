"""Processes as the Asset Manager OMAS of Egeria 4 keeps them, with the names that third parties have for them."""

from collections.abc import Mapping
from typing import Any

from services.metadata.changes import Link, Put
from services.metadata.egeria.views import Views
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.types.glossary import ExternalId

SERVICE = "Asset Manager OMAS"
_BEAN = {
    "displayName": "displayName",
    "description": "description",
    "versionIdentifier": "versionIdentifier",
    "formula": "formula",
    "implementationLanguage": "implementationLanguage",
}
"""The properties of the bean of a process, by their names here."""


def properties_in(bean: Mapping[str, Any]) -> dict[str, Any]:
    """The properties in a bean by their names here, with those that are beside them."""
    given = {ours: bean[theirs] for ours, theirs in _BEAN.items() if bean.get(theirs) is not None}
    for theirs in ("name", "technicalName"):
        if "displayName" not in given and bean.get(theirs) is not None:
            given["displayName"] = bean[theirs]
    for name in ("qualifiedName", "additionalProperties"):
        if bean.get(name) is not None:
            given[name] = bean[name]
    return {**(bean.get("extendedProperties") or {}), **given}


def bean_of(views: Views, record: ElementRecord) -> dict[str, Any]:
    """A process as a bean."""
    further = {"name": record.properties.get("displayName")}
    return views.bean(record, "ProcessProperties", _BEAN, further)


def external_identifier(third_party: str, identifier: str, mapping: dict[str, str] | None, name: str) -> Put:
    """The identifier that a third party has for the element of a qualified name, as catalog connectors state it."""
    element = ExternalId(
        qualified_name=f"ExternalId::{third_party}::{identifier}", identifier=identifier, mapping_properties=mapping
    )
    return to_put(element, links=[Link("ExternalIdLink", name)])
