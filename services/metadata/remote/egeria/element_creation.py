"""Creates new elements completely: in one request, with the relationship and the classifications that they state.

Servers support different methods for this, and a server that does not support a method may silently leave out a part.
Therefore the first element of each kind is a trial: it is read back and compared. Elements without a suitable method
are created, linked, classified and given their fingerprint in separate requests.
"""

from typing import Any, Protocol

import msgspec
import trio

from services.metadata.changes import Link, Put
from services.metadata.remote.egeria.links import Links, related
from services.metadata.remote.egeria.listing import SourceView
from services.metadata.remote.egeria.marks import NOTE_OF_LINKS, Mark, marked_properties
from services.metadata.remote.egeria.names import canonical
from services.metadata.remote.egeria.requests import DEFAULT_ACCESS_SERVICE, Requests, provenance
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import DATES, all_encoded, as_body, milliseconds
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import EgeriaElement, ElementAnswer, GuidAnswer, GuidsAnswer, Values
from services.metadata.types.files import DataFile, FileFolder
from services.metadata.types.registry import type_named


class NewElement(msgspec.Struct, frozen=True):
    """An element to be created, and the data for its requests."""

    put: Put
    name: str
    type_name: str
    """The server's type."""
    values: dict[str, Any]
    """Its properties in the server's vocabulary, including its mark."""
    link: Link
    other_end: str
    """The GUID of the element that its link leads to."""
    classifications: dict[str, Values]
    user: str
    source: tuple[str, str] | None

    @property
    def kind(self) -> tuple[object, ...]:
        """The characteristics that decide how a server creates an element; equal ones are treated alike."""
        return (
            self.type_name,
            frozenset(self.values),
            self.link.type_name,
            self.link.at_end1,
            frozenset(self.link.properties),
            frozenset(self.classifications),
            self.name == f"{self.type_name}:{self.values.get('pathName')}",
        )

    @property
    def is_in_own_folder(self) -> bool:
        """True if the element is a file or folder whose link leads to the folder of its path."""
        folder = str(self.values.get("pathName") or "").rpartition("/")[0] or "/"
        kind = type_named(self.put.type_name)
        expected = {DataFile: "NestedFile", FileFolder: "FolderHierarchy"}
        links = [Link(name, f"FileFolder::{folder}") for each, name in expected.items() if issubclass(kind, each)]
        return msgspec.structs.replace(self.link, qualified_name=canonical(self.link.qualified_name)) in links


class CreationMethod(Protocol):
    """A method of creating an element with its relationship."""

    classifies: bool
    """True if the same request creates its classifications."""

    def is_applicable(self, new: NewElement) -> bool:
        """True if the method is suitable for this element."""

    async def create(self, new: NewElement) -> str | None:
        """Create the element; returns its GUID, or `None` if the response does not contain it."""


_FILE_NAMES = {"storeCreateTime": "createTime", "storeUpdateTime": "modifiedTime"}
_OF_EVERY_FILE = frozenset(
    {"qualifiedName", "name", "description", "pathName", "fileType", "deployedImplementationType"}
    | {"storeCreateTime", "storeUpdateTime", "additionalProperties"}
)


class FilesServiceCreation(CreationMethod):
    """The route of the Data Manager that Egeria's own files daemon uses: it links a file to its folder."""

    classifies = False

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def is_applicable(self, new: NewElement) -> bool:
        """Suitable only for a file of a source."""
        return (
            self._requests.dialect.has(Operation.NEW_FILE)
            and self._requests.access_service == DEFAULT_ACCESS_SERVICE
            and new.source is not None
            and new.link.type_name == "NestedFile"
            and new.is_in_own_folder
        )

    async def create(self, new: NewElement) -> str | None:
        given = {name: value for name, value in new.values.items() if value is not None}
        others = {name: value for name, value in given.items() if name not in _OF_EVERY_FILE}
        body = {
            "typeName": new.type_name,
            **{
                _FILE_NAMES.get(name, name): _as_sent(name, value)
                for name, value in given.items()
                if name not in others
            },
            **({"extendedProperties": others} if others else {}),
            **provenance(new.source),
        }
        answer = await self._requests.write(Operation.NEW_FILE, body, GuidsAnswer, new.user)
        return answer.guids[-1] if answer.guids else None


class PathCreation(CreationMethod):
    """The server itself links a new file or folder to the folder of its path."""

    classifies = True

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def is_applicable(self, new: NewElement) -> bool:
        return self._requests.dialect.links_paths and new.is_in_own_folder

    async def create(self, new: NewElement) -> str | None:
        return await _send(self._requests, new, {})


class ParentCreation(CreationMethod):
    """The element at the other end is sent as the parent of the new one."""

    classifies = True

    def __init__(self, requests: Requests, vocabulary: Vocabulary) -> None:
        self._requests = requests
        self._vocabulary = vocabulary

    def is_applicable(self, new: NewElement) -> bool:
        return not (self._requests.dialect.links_paths and new.is_in_own_folder)

    async def create(self, new: NewElement) -> str | None:
        parent = {
            "parentGUID": new.other_end,
            "parentRelationshipTypeName": self._vocabulary.relationship_for(new.link.type_name),
            "parentAtEnd1": new.link.at_end1,
        }
        if new.link.properties:
            parent["parentRelationshipProperties"] = as_body(all_encoded(new.link.properties))
        return await _send(self._requests, new, parent)


class CreatedElement(msgspec.Struct, frozen=True):
    """An element that the server was requested to create."""

    guid: str | None
    """`None` if the response does not contain it."""
    mark: Mark
    """Its mark, with its fingerprint unless the element was a trial."""
    is_as_stated: bool
    is_classified: bool

    @property
    def is_trial(self) -> bool:
        """True if the element must be read back, and receives its fingerprint only when it is complete."""
        return not self.mark.fingerprint


class ElementCreation:
    """The known abilities of one metadata server to create complete elements."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._methods: dict[str, CreationMethod] = {
            "files": FilesServiceCreation(requests),
            "paths": PathCreation(requests),
            "parents": ParentCreation(requests, vocabulary),
        }
        self._useless: set[str] = set()
        """Methods that created no relationship."""
        self._useful: set[str] = set()
        self._faithful: dict[object, bool] = {}
        self._noted: dict[object, bool] = {}
        """True if the server records the creation of a relationship in a classification."""
        self._trying: dict[object, trio.Lock] = {}

    def forget(self) -> None:
        """Run all trials again: another server may have replaced this one."""
        self._useless.clear()
        self._useful.clear()
        self._faithful.clear()
        self._noted.clear()

    async def create(
        self, put: Put, mark: Mark, name: str, view: SourceView, links: Links, user: str
    ) -> CreatedElement | None:
        """Create an element; `None` if no method is suitable.

        Raises the error of the server's response.
        """
        if len(put.links) != 1 or (other_end := await links.guid_of(put.links[0].qualified_name)) is None:
            return None

        classifications = {
            self._vocabulary.classification_for(each): all_encoded(properties)
            for each, properties in put.classifications.items()
        }

        def marked(seal: Mark, method: CreationMethod) -> NewElement:
            return NewElement(
                put=put,
                name=name,
                type_name=self._vocabulary.type_for(put.type_name),
                values=marked_properties(put, seal, self._vocabulary, name),
                link=put.links[0],
                other_end=other_end,
                classifications=classifications if method.classifies else {},
                user=user,
                source=(view.guid, view.name) if view.guid else None,
            )

        unsealed = msgspec.structs.replace(mark, fingerprint="")
        for number, method in self._methods.items():
            later = () if method.classifies else tuple(classifications)
            seal = msgspec.structs.replace(mark, proofs=(NOTE_OF_LINKS, *later))
            new = marked(seal, method)
            tried = (number, new.kind)
            if not method.is_applicable(new) or number in self._useless or self._faithful.get(tried) is False:
                continue
            if tried not in self._faithful:
                made = await self._try(number, method, marked(unsealed, method), unsealed)
                if made is not None:
                    return made
            if self._faithful.get(tried):
                if not self._noted[tried]:
                    seal = msgspec.structs.replace(mark, proofs=later)
                    new = marked(seal, method)
                return CreatedElement(await method.create(new), seal, is_as_stated=True, is_classified=not later)
        return None

    async def _try(self, number: str, method: CreationMethod, new: NewElement, mark: Mark) -> CreatedElement | None:
        """Create the first element of a kind, while others of the kind wait; `None` if it was tried in the meantime.

        All kinds wait until the method is known to create relationships.
        """
        tried = (number, new.kind)
        while True:
            waits_for = tried if number in self._useful else number
            async with self._trying.setdefault(waits_for, trio.Lock()):
                if tried in self._faithful or number in self._useless:
                    return None
                if waits_for == number and number in self._useful:
                    continue
                return await self._tried(number, method, new, mark)

    async def _tried(self, number: str, method: CreationMethod, new: NewElement, mark: Mark) -> CreatedElement:
        guid = await method.create(new)
        if guid is None:
            return CreatedElement(None, mark, is_as_stated=False, is_classified=False)
        element = (await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)).element
        end = 2 if new.link.at_end1 else 1
        others = await related(self._requests, self._vocabulary, guid, end, new.link.type_name)
        if others:
            self._useful.add(number)
        elif number not in self._useful:
            self._useless.add(number)
        linked = [(each.element.element_guid, each.relationship_properties.property_value_map) for each in others]
        is_linked = linked == [(new.other_end, all_encoded(new.link.properties))]
        is_as_stated = element is not None and self._is_as_stated(element, new)
        self._faithful[number, new.kind] = is_linked and is_as_stated
        self._noted[number, new.kind] = element is not None and NOTE_OF_LINKS in _classifications(element)
        return CreatedElement(guid, mark, is_as_stated=is_as_stated, is_classified=method.classifies)

    def _is_as_stated(self, element: EgeriaElement, new: NewElement) -> bool:
        has = _classifications(element)
        return (
            element.type.type_name == new.type_name
            and (new.source is None or element.origin.home_metadata_collection_id == new.source[0])
            and element.element_properties.property_value_map == all_encoded(new.values)
            and all(has.get(name) == values for name, values in new.classifications.items())
        )


def has_path(put: Put) -> bool:
    """True if an element is a file or folder."""
    return issubclass(type_named(put.type_name), DataFile | FileFolder)


async def _send(requests: Requests, new: NewElement, parent: Values) -> str | None:
    body = {
        "typeName": new.type_name,
        "initialStatus": "ACTIVE",
        "properties": as_body(all_encoded(new.values)),
        **parent,
        **provenance(new.source),
    }
    if new.classifications:
        body["initialClassifications"] = {name: as_body(values) for name, values in new.classifications.items()}
    return (await requests.write(Operation.NEW_ELEMENT, body, GuidAnswer, new.user)).guid


def _classifications(element: EgeriaElement) -> dict[str, Values]:
    return {
        each.classification_name: each.classification_properties.property_value_map for each in element.classifications
    }


def _as_sent(name: str, value: Any) -> Any:
    return milliseconds(name, value) if name in DATES and isinstance(value, str) else value
