"""Kinds of elements that routes of Egeria 4 show as beans: their types, the names of their properties, their wholes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.egeria.views import Views
from services.metadata.element import ElementRecord

ASSET = {
    "displayName": "displayName",
    "description": "description",
    "versionIdentifier": "versionIdentifier",
    "deployedImplementationType": "deployedImplementationType",
}
"""The properties of the beans of assets, by their names here."""
_NAMES = ("name", "technicalName")
"""What some beans call the display name."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of element."""

    type_name: str
    bean: str
    """The class of its bean."""
    properties: dict[str, str]
    """The names of the bean's properties, by their names here."""
    parent: str = ""
    """The type of what it is a part of."""
    relationship: str = ""
    embedded_type: str = ""
    is_view: bool = False


PROCESS = Kind(
    type_name="Process",
    bean="ProcessProperties",
    properties={**ASSET, "formula": "formula", "implementationLanguage": "implementationLanguage"},
)
GLOSSARY = Kind(
    type_name="Glossary",
    bean="GlossaryProperties",
    properties={
        "displayName": "displayName",
        "description": "description",
        "language": "language",
        "usage": "usage",
    },
)
CATEGORY = Kind(
    type_name="GlossaryCategory",
    bean="GlossaryCategoryProperties",
    properties={"displayName": "displayName", "description": "description"},
    parent="Glossary",
    relationship="CategoryAnchor",
)
TERM = Kind(
    type_name="GlossaryTerm",
    bean="GlossaryTermProperties",
    properties={
        "displayName": "displayName",
        "description": "description",
        "summary": "summary",
        "examples": "examples",
        "abbreviation": "abbreviation",
        "usage": "usage",
    },
    parent="Glossary",
    relationship="TermAnchor",
)


def properties_in(kind: Kind, bean: Mapping[str, Any]) -> dict[str, Any]:
    """The properties in a bean by their names here, with those that are beside them."""
    given = {ours: bean[theirs] for ours, theirs in kind.properties.items() if bean.get(theirs) is not None}
    for name in _NAMES:
        if "displayName" not in given and bean.get(name) is not None:
            given["displayName"] = bean[name]
    for name in ("qualifiedName", "additionalProperties"):
        if bean.get(name) is not None:
            given[name] = bean[name]
    return {**(bean.get("extendedProperties") or {}), **given}


def bean_of(views: Views, kind: Kind, record: ElementRecord) -> dict[str, Any]:
    """An element as a bean; the display name of an asset is also called `name`."""
    further = {"name": record.properties.get("displayName")} if kind is PROCESS else {}
    return views.bean(record, kind.bean, kind.properties, further)
