"""A kind of element that routes of Egeria 4 present as a bean: its type, its properties, and its whole."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.bounds import Natural
from services.metadata.changes import Query, literally
from services.metadata.egeria.times import iso_time
from services.metadata.egeria.types import is_a, require_usable, require_value
from services.metadata.element import ElementRecord

TYPE, FORMULA = "TypeEmbeddedAttribute", "CalculatedValue"
"""The classifications that hold the type properties in the beans of tables, views and columns."""
_OF_TYPE = ("dataType", "defaultValue", "fixedValue")
"""The properties of a column's type."""
_TIMES = ("storeCreateTime", "storeUpdateTime", "createdTime", "lastModifiedTime")
"""The properties whose values are times; some programs send them in milliseconds."""
_NAMES = ("name", "technicalName")
"""The names that some beans use for the display name."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of element."""

    type_name: str
    bean: str
    """The class name of the bean."""
    properties: dict[str, str]
    """The names of the bean's properties, by property of the store."""
    key: str = ""
    """The field of a response that contains the bean; empty if it is named after the class."""
    unique: str = "qualifiedName"
    """The property of the bean that is the qualified name, if the bean has no `qualifiedName`."""
    names: tuple[str, ...] = ("displayName",)
    """The properties for a search by name, beside the qualified name."""
    variants: tuple["Kind", ...] = ()
    """Subordinate kinds with their own types and beans."""
    parents: tuple[str, ...] = ()
    """The types of elements that can contain it."""
    relationship: str = ""
    """The relationship from its whole."""
    structure: str = ""
    """The type of the structure between it and its whole, if the two are not related directly."""
    embedded_type: str = ""
    is_view: bool = False

    def variant(self, type_name: str) -> "Kind":
        """The kind of the elements of a type."""
        return next((each for each in self.variants if is_a(type_name, each.type_name)), self)

    def type_in(self, bean: Mapping[str, Any]) -> str:
        """The type of a bean, from its type name or its class."""
        require_usable(bean.get("typeName"), str | None, "properties.typeName")
        by_class = {each.bean: each.type_name for each in self.variants}
        return bean.get("typeName") or by_class.get(str(bean.get("class")), self.type_name)

    def includes(self, record: ElementRecord) -> bool:
        """True if an element of the kind's type is of the kind: views are tables with a formula."""
        return not self.is_view or FORMULA in record.classifications

    def queries_by_name(self, name: str) -> list[Query]:
        """The queries for elements with a qualified name or another name."""
        queries = [Query(type_name=self.type_name, qualified_name=name)]
        for each in self.names:
            pattern = literally(name) if each == "displayName" else None
            queries.append(Query(type_name=self.type_name, name_pattern=pattern, property_values={each: name}))
        return queries


def properties_in(kind: Kind, type_name: str, bean: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a bean by property of the store, including its additional and extended properties.

    Raises `InvalidParameterError` for a value of a wrong type.
    """
    kind = kind.variant(type_name)
    given = {ours: bean[theirs] for ours, theirs in kind.properties.items() if bean.get(theirs) is not None}
    for ours, value in given.items():
        place = f"properties.{kind.properties[ours]}"
        if ours in _TIMES and isinstance(value, int):
            require_usable(value, Natural, place)
            given[ours] = iso_time(value)
        require_value(type_name, ours, given[ours], place)
    for name in _NAMES:
        if "displayName" not in given and bean.get(name) is not None:
            require_usable(bean[name], str, f"properties.{name}")
            given["displayName"] = bean[name]
    for name in (kind.unique, "qualifiedName"):
        if bean.get(name) is not None:
            given["qualifiedName"] = bean[name]
    if bean.get("additionalProperties") is not None:
        given["additionalProperties"] = bean["additionalProperties"]
    extended = bean.get("extendedProperties") or {}
    require_usable(extended, dict[str, Any], "properties.extendedProperties")
    return {**extended, **given}


def classifications_in(
    kind: Kind, bean: Mapping[str, Any], before: Mapping[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The classifications that represent values of a bean: the type of a table or column, and the formula of a view."""
    found = {name: dict(before[name]) for name in (TYPE, FORMULA) if name in before}
    if kind.embedded_type:
        of_type = {name: bean[name] for name in _OF_TYPE if bean.get(name) is not None}
        for name, value in of_type.items():
            require_usable(value, str, f"properties.{name}")
        found[TYPE] = {"schemaTypeName": kind.embedded_type, **found.get(TYPE, {}), **of_type}
        if bean.get("formula") is not None or kind.is_view:
            require_usable(bean.get("formula"), str | None, "properties.formula")
            found[FORMULA] = {"formula": bean.get("formula") or found.get(FORMULA, {}).get("formula", "")}
    return found


def values_beside(kind: Kind, record: ElementRecord) -> dict[str, Any]:
    """Values of a bean beside the properties of its element: an asset's display name is repeated as `name`."""
    further: dict[str, Any] = {}
    if is_a(record.type_name, "Asset"):
        further["name"] = record.properties.get("displayName")
    if kind.embedded_type and TYPE in record.classifications:
        of_type = record.classifications[TYPE]
        further |= {name: of_type[name] for name in _OF_TYPE if of_type.get(name) is not None}
    if kind.embedded_type and FORMULA in record.classifications:
        further["formula"] = record.classifications[FORMULA].get("formula")
    return further
