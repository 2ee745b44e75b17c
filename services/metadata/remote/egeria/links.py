"""Creates, changes and deletes at the server the relationships that elements state."""

from collections.abc import Iterable

import trio

from services.errors import InvalidParameterError, MetadataServerUnavailableError
from services.metadata import messages
from services.metadata.changes import Link
from services.metadata.remote.egeria.listing import SourceView
from services.metadata.remote.egeria.marks import name_of_link
from services.metadata.remote.egeria.names import both_forms, canonical
from services.metadata.remote.egeria.requests import REFUSALS, Requests, provenance, require_refusal
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import all_decoded, all_encoded, as_body
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import (
    EgeriaElement,
    ElementAnswer,
    GuidAnswer,
    RelatedAnswer,
    RelatedElement,
    Values,
    VoidAnswer,
)


class Links:
    """The relationships of one batch."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary, view: SourceView, user: str) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._view = view
        self._user = user
        self._source = (view.guid, view.name) if view.guid else None
        self._guids: dict[str, str | None] = {}
        self._looking_up: dict[str, trio.Lock] = {}

    async def guid_of(self, name: str) -> str | None:
        """The GUID of the active element with this qualified name, in either form."""
        name = canonical(name)
        if (guid := self._view.guids.get(name)) is not None:
            return guid
        async with self._looking_up.setdefault(name, trio.Lock()):  # many elements have links to the same one
            if name not in self._guids:
                found = await self.element_named(name)
                self._guids[name] = None if found is None else found.element_guid
        return self._guids[name]

    async def element_named(self, name: str, *, archived: bool = False) -> EgeriaElement | None:
        """The element with this qualified name, in either form."""
        hidden: EgeriaElement | None = None
        for each in both_forms(name):
            body = {"name": each, "namePropertyName": "qualifiedName"}
            answer = await self._requests.read(Operation.NAMED, ElementAnswer, body)
            if answer.element is not None and not answer.element.is_archived:
                return answer.element
            hidden = hidden or answer.element
        return hidden if archived else None

    async def state(
        self, guid: str, wanted: Iterable[Link], before: Iterable[Link], *, is_new: bool
    ) -> list[Exception]:
        """Create the relationships that an element states, and delete those it stated before; returns the errors."""
        problems: list[Exception] = []
        after = list(wanted)
        left_out = [link for link in before if _identity(link) not in {_identity(each) for each in after}]
        existing = {} if is_new else await self._existing(guid, {link.type_name for link in (*after, *left_out)})
        for link in left_out:
            other = await self.guid_of(link.qualified_name)
            for relationship in existing.get((link.type_name, link.at_end1, other or ""), ()):
                await self._unmake(relationship.relationship_guid)
        for link in after:
            other = await self.guid_of(link.qualified_name)
            if other is None:
                problems.append(
                    InvalidParameterError(
                        messages.OTHER_END_NOT_FOUND, type_name=link.type_name, name=link.qualified_name
                    )
                )
                continue
            found = existing.get((link.type_name, link.at_end1, other), [])
            ends = (other, guid) if link.at_end1 else (guid, other)
            try:
                await self._make_or_change(link.type_name, *ends, link.properties, found)
            except REFUSALS as error:
                problems.append(require_refusal(error))
        return problems

    async def relate(self, type_name: str, end1: str, end2: str, properties: dict[str, object]) -> None:
        """Link two elements; an existing relationship of this type between them is updated."""
        existing = await self._existing(end1, {type_name})
        await self._make_or_change(type_name, end1, end2, properties, existing.get((type_name, False, end2), []))

    async def unrelate(self, type_name: str, end1: str, end2: str) -> None:
        """Delete the relationships of this type between two elements."""
        existing = await self._existing(end1, {type_name})
        for relationship in existing.get((type_name, False, end2), ()):
            await self._unmake(relationship.relationship_guid)

    async def _existing(self, guid: str, types: set[str]) -> dict[tuple[str, bool, str], list[RelatedElement]]:
        """The relationships of an element, by type, by whether the other element is end 1, and by the other element."""
        found: dict[tuple[str, bool, str], list[RelatedElement]] = {}
        for type_name in types:
            for at_end, other_is_end1 in ((1, False), (2, True)):
                for each in await related(self._requests, self._vocabulary, guid, at_end, type_name):
                    found.setdefault((type_name, other_is_end1, each.element.element_guid), []).append(each)
        return found

    async def _make_or_change(
        self, type_name: str, end1: str, end2: str, properties: dict[str, object], found: list[RelatedElement]
    ) -> None:
        if not found:
            await self._make(type_name, end1, end2, properties)
            return
        if all_decoded(found[0].relationship_properties.property_value_map) != properties:
            body = {**self._requests.update(all_encoded(properties), replace=True), **provenance(self._source)}
            guid = found[0].relationship_guid
            await self._requests.write(Operation.UPDATE_LINK, body, VoidAnswer, self._user, guid=guid)

    async def _make(self, type_name: str, end1: str, end2: str, properties: dict[str, object]) -> None:
        body = {
            "metadataElement1GUID": end1,
            "metadataElement2GUID": end2,
            **({"properties": as_body(all_encoded(properties))} if properties else {}),
            **provenance(self._source),
        }
        try:
            await self._send(type_name, body)
        except MetadataServerUnavailableError:
            # it may have been created: a repetition would create a duplicate
            if (type_name, False, end2) not in await self._existing(end1, {type_name}):
                await self._send(type_name, body)

    async def _send(self, type_name: str, body: Values) -> None:
        while True:
            named = {"typeName": self._vocabulary.relationship_for(type_name), **body}
            try:
                await self._requests.write(Operation.RELATE, named, GuidAnswer, self._user, repeatable=False)
                return
            except InvalidParameterError as error:
                if not self._vocabulary.learn_relationship(type_name, error):
                    raise

    async def _unmake(self, relationship_guid: str) -> None:
        body = {**self._requests.removal(Operation.UNLINK), **provenance(self._source)}
        await self._requests.write(Operation.UNLINK, body, VoidAnswer, self._user, guid=relationship_guid)


async def related(
    requests: Requests, vocabulary: Vocabulary, guid: str, at_end: int, type_name: str | None
) -> list[RelatedElement]:
    """The relationships in which an element is end `at_end`: responses do not contain the end."""
    found: list[RelatedElement] = []
    while True:
        way = "any-type" if type_name is None else f"type/{vocabulary.relationship_for(type_name)}"
        try:
            answer = await requests.page(
                Operation.RELATED, RelatedAnswer, start=len(found), end=at_end, guid=guid, way=way
            )
        except InvalidParameterError as error:
            if type_name is None or not vocabulary.learn_relationship(type_name, error):
                raise
            continue
        found += answer.elements
        if len(answer.elements) < requests.page_size:
            return found


def _identity(link: Link) -> tuple[str, bool, str]:
    return link.type_name, link.at_end1, name_of_link(link)
