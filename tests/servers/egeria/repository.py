"""The elements and relationships of the server, in memory."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.servers.egeria import errors, types

Values = dict[str, Any]
"""Property values as they are sent, by name."""


def text(value: str) -> Values:
    """A string as a property value."""
    return {
        "class": "PrimitiveTypePropertyValue",
        "typeName": "string",
        "primitiveTypeCategory": "OM_PRIMITIVE_TYPE_STRING",
        "primitiveValue": value,
    }


def now() -> str:
    """This moment as headers show it."""
    at = datetime.now(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+00:00"


@dataclass
class Instance:
    """The common fields of elements, relationships and classifications."""

    type_name: str
    created_by: str
    source: tuple[str, str] | None = None
    """GUID and name of the metadata source that owns it."""
    properties: Values = field(default_factory=dict)
    create_time: str = field(default_factory=now)
    updated_by: list[str] = field(default_factory=list)
    update_time: str = ""
    version: int = 1

    def change(self, user: str) -> None:
        """Note a change."""
        self.version += 1
        self.update_time = now()
        if user not in self.updated_by:
            self.updated_by.append(user)


@dataclass
class Element(Instance):
    """An element."""

    guid: str = ""
    classifications: dict[str, Instance] = field(default_factory=dict)

    @property
    def is_archived(self) -> bool:
        """Hidden, but for lineage."""
        return "Memento" in self.classifications

    def text(self, name: str) -> str:
        """A property that is a string."""
        return str(self.properties.get(name, {}).get("primitiveValue", ""))


@dataclass
class Relationship(Instance):
    """A relationship."""

    guid: str = ""
    end1: str = ""
    end2: str = ""


class Repository:
    """Everything that one server keeps."""

    def __init__(
        self,
        server: str,
        *,
        keeps_archived_names: bool = True,
        keeps_all_of_files: bool = True,
        largest_page: int = 1_000,
        lost_notes: int = 0,
    ) -> None:
        self.server = server
        self.keeps_all_of_files = keeps_all_of_files
        """Whether the route for files keeps more of them than was recorded."""
        self.largest_page = largest_page
        self.lost_notes = lost_notes
        """So many notes of the latest change fail, as where two requests make the first one at the same time."""
        self.collection = str(uuid4())
        self.keeps_archived_names = keeps_archived_names
        """Whether the name of an archived element is taken."""
        self.elements: dict[str, Element] = {}
        self.relationships: dict[str, Relationship] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._at: dict[str, set[str]] = defaultdict(set)
        """The GUIDs of the relationships of an element."""

    def create(
        self, method: str, user: str, type_name: str, properties: Values, source: tuple[str, str] | None
    ) -> Element:
        """A new element."""
        if not types.is_entity(type_name):
            raise errors.unknown_type(method, type_name)
        self._require_properties(method, types.properties_of(type_name), properties, type_name, "createEntity")
        element = Element(type_name, user, source, properties, guid=f"{type_name}-{uuid4()}")
        name = element.text("qualifiedName")
        if any(self.keeps_archived_names or not each.is_archived for each in self._named(name)):
            raise errors.name_taken(method, type_name, name)
        self.elements[element.guid] = element
        self._by_name[name].add(element.guid)
        return element

    def require(
        self, method: str, user: str, guid: str, *, for_lineage: bool, parameter: str = "elementGUID", at: int = 0
    ) -> Element:
        """The element with this GUID, which the caller can see."""
        element = self.elements.get(guid)
        if element is None:
            raise errors.unknown_element(self.server, method, guid, parameter)
        if element.is_archived and not for_lineage:
            kind = "DataFile" if parameter == "dataFileGUID" else "OpenMetadataRoot"
            raise errors.not_visible(method, kind, guid, user, list(element.classifications), parameter, at=at)
        return element

    def require_owner(self, method: str, user: str, element: Element, source: tuple[str, str] | None) -> None:
        """Refuse a change of what another source owns."""
        if element.source is None or (source is not None and source[0] == element.source[0]):
            return
        if source is None:
            raise errors.not_local(method, element.type_name, element.guid, element.source, user)
        raise errors.wrong_source(method, source, element.type_name, element.guid, element.source)

    def update(self, method: str, user: str, element: Element, properties: Values, *, replace: bool) -> None:
        """Change the properties of an element."""
        known = types.properties_of(element.type_name)
        self._require_properties(method, known, properties, element.type_name, "updateEntityProperties")
        self._by_name[element.text("qualifiedName")].discard(element.guid)
        element.properties = properties if replace else {**element.properties, **properties}
        self._by_name[element.text("qualifiedName")].add(element.guid)
        element.change(user)

    def classify(
        self, method: str, user: str, element: Element, name: str, properties: Values, source: tuple[str, str] | None
    ) -> None:
        """Add a classification; to archive an element is one, and fails once it has been done."""
        known = types.CLASSIFICATIONS.get(name)
        if known is None:
            raise errors.unknown_type(method, name)
        self._require_properties(method, known, properties, name, "classifyEntity", "ClassificationDef")
        if name in element.classifications:
            exception = "org.odpi.openmetadata.repositoryservices.ffdc.exception.ClassificationErrorException"
            problem = f"the element {element.guid} has the classification {name} already"
            raise errors.unexpected(self.server, method, exception, "classifyEntity", problem)
        latest = element.classifications.pop("LatestChange", None)
        element.classifications[name] = Instance(name, user, source, properties)
        if latest is not None:
            element.classifications["LatestChange"] = latest
        if name == "Memento" and latest is not None:
            exception = "org.odpi.openmetadata.frameworks.connectors.ffdc.InvalidParameterException"
            user = f"{self.server}npa"
            hidden = errors.not_visible(
                method, element.type_name, element.guid, user, list(element.classifications), "elementGUID"
            )
            raise errors.unexpected(self.server, method, exception, "reclassifyEntity(LatestChange)", str(hidden))

    def link(
        self,
        user: str,
        type_name: str,
        end1: Element,
        end2: Element,
        properties: Values,
        source: tuple[str, str] | None,
    ) -> Relationship:
        """A new relationship, whether there is such a one or not."""
        method = "createRelatedElementsInStore"
        if type_name not in types.RELATIONSHIPS:
            raise errors.unknown_type(method, type_name)
        kind1, kind2, known = types.RELATIONSHIPS[type_name]
        if not types.is_a(end1.type_name, kind1) or not types.is_a(end2.type_name, kind2):
            exception = "org.odpi.openmetadata.repositoryservices.ffdc.exception.InvalidParameterException"
            problem = f"a {type_name} relationship leads from {kind1} to {kind2}"
            raise errors.unexpected(self.server, method, exception, "createRelationship", problem)
        self._require_properties(method, known, properties, type_name, "createRelationship", "RelationshipDef")
        guid = f"{type_name}-{uuid4()}"
        relationship = Relationship(type_name, user, source, properties, guid=guid, end1=end1.guid, end2=end2.guid)
        self.relationships[guid] = relationship
        self._at[end1.guid].add(guid)
        self._at[end2.guid].add(guid)
        for element in (end1, end2):
            self._note_latest_change(element)
        return relationship

    def delete(self, element: Element) -> None:
        """Delete an element with its relationships."""
        del self.elements[element.guid]
        self._by_name[element.text("qualifiedName")].discard(element.guid)
        for guid in self._at.pop(element.guid, set()):
            self.relationships.pop(guid, None)

    def unlink(self, guid: str) -> bool:
        """Delete a relationship; false if there is none."""
        return self.relationships.pop(guid, None) is not None

    def forget_links(self, element: Element) -> None:
        """Leave an element as it is before it is linked to anything."""
        for guid in self._at.pop(element.guid, set()):
            self.relationships.pop(guid, None)
        element.classifications.pop("LatestChange", None)

    def links_of(self, guid: str, *, at_end: int, type_name: str | None) -> Iterator[tuple[Relationship, Element]]:
        """The relationships that an element is this end of, or either (0), each with the element at the other."""
        for each in [self.relationships[name] for name in self._at[guid] if name in self.relationships]:
            if type_name not in (None, each.type_name):
                continue
            if at_end in (0, 1) and each.end1 == guid:
                yield each, self.elements[each.end2]
            elif at_end in (0, 2) and each.end2 == guid:
                yield each, self.elements[each.end1]

    def find(
        self, type_name: str, matches: Callable[[Element], bool], *, for_lineage: bool, start: int, size: int
    ) -> list[Element]:
        """A page of the elements that match.

        The start is counted with the elements that the caller cannot see.
        """
        found = [each for each in self.elements.values() if types.is_a(each.type_name, type_name) and matches(each)]
        visible = [each for each in found[start:] if for_lineage or not each.is_archived]
        return visible[:size] if size else visible

    def named(self, value: str, property_name: str, *, for_lineage: bool) -> Element | None:
        """The element with this unique name."""
        of_name = property_name == "qualifiedName"
        for each in self._named(value) if of_name else self.elements.values():
            if each.text(property_name) == value and (for_lineage or not each.is_archived):
                return each
        return None

    def _named(self, name: str) -> Iterator[Element]:
        return (self.elements[guid] for guid in self._by_name[name] if name)

    def _note_latest_change(self, element: Element) -> None:
        user = f"{self.server}npa"
        if self.lost_notes:
            self.lost_notes -= 1
            exception = "org.odpi.openmetadata.repositoryservices.ffdc.exception.ClassificationErrorException"
            problem = (
                "OMRS-REPOSITORY-400-081 A classifyEntity (Detailed) request has been made to repository "
                f"{self.server} to add a classification LatestChange to entity {element.guid} when this entity is "
                "already classified"
            )
            raise errors.unexpected(self.server, "linkElementToElement", exception, "classifyEntity", problem)
        if (before := element.classifications.get("LatestChange")) is not None:
            before.change(user)
        else:
            element.classifications["LatestChange"] = Instance("LatestChange", user)

    def _require_properties(
        self,
        method: str,
        known: dict[str, str],
        properties: Values,
        type_name: str,
        call: str,
        category: str = "EntityDef",
    ) -> None:
        for name, value in properties.items():
            if name not in known:
                raise errors.unknown_property(self.server, method, name, type_name, call, category)
            if _kind_of(value) != known[name]:
                exception = "org.odpi.openmetadata.repositoryservices.ffdc.exception.PropertyErrorException"
                problem = f"OMRS-REPOSITORY-400-031 the property {name} of type {type_name} is a {known[name]}"
                raise errors.unexpected(self.server, method, exception, call, problem)


def _kind_of(value: Values) -> str:
    """The type of a property value, by its class and the value itself."""
    kind = value.get("class")
    if kind == "MapTypePropertyValue":
        return types.MAP
    if kind == "ArrayTypePropertyValue":
        return types.ARRAY
    if kind != "PrimitiveTypePropertyValue":
        raise errors.BadRequestError
    name, content = str(value.get("typeName")), value.get("primitiveValue")
    if value.get("primitiveTypeCategory") != f"OM_PRIMITIVE_TYPE_{name.upper()}":
        raise errors.BadRequestError
    if not isinstance(content, {"string": str, "date": int, "int": int, "boolean": bool}.get(name, object)):
        raise errors.BadRequestError
    return name


def condition(search: Values | None) -> Callable[[Element], bool]:
    """The test that search properties stand for."""
    if search is None:
        return lambda element: True
    combine = {"ALL": all, "ANY": any}[search["matchCriteria"]]
    tests = [_test(each) for each in search["conditions"]]
    return lambda element: combine(test(element) for test in tests)


def _test(each: Values) -> Callable[[Element], bool]:
    name, operator, value = each["property"], each["operator"], each.get("value")
    if operator == "LIKE":
        assert value is not None
        pattern = re.compile(_as_python(value["primitiveValue"]))
        return lambda element: name in element.properties and bool(pattern.fullmatch(element.text(name)))
    if operator == "EQ":
        return lambda element: element.properties.get(name) == value
    raise errors.BadRequestError


def _as_python(pattern: str) -> str:
    """A regular expression of Java: what stands between \\Q and \\E is literal."""
    parts = re.split(r"\\Q(.*?)\\E", pattern, flags=re.DOTALL)
    return "".join(re.escape(part) if number % 2 else part for number, part in enumerate(parts))
