"""The elements of a batch: created, updated in place, and completed with their relationships and classifications.

    new      ─▶ created, with its fingerprint if it has no relationships and classifications
    changed  ─▶ updated, with its fingerprint if its relationships and classifications are unchanged
    others   ─▶ relationships and classifications ─▶ the fingerprint: now the element is complete

An element without its fingerprint counts as changed, so that the next scan completes an interrupted batch.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.changes import Put
from services.metadata.remote.egeria.classifications import Classifications
from services.metadata.remote.egeria.element_creation import ElementCreation, has_path
from services.metadata.remote.egeria.links import Links
from services.metadata.remote.egeria.listing import SourceView, fits
from services.metadata.remote.egeria.marks import Held, Mark, held_from, in_servers_form, mark_in, mark_of, same_links
from services.metadata.remote.egeria.names import in_form_of
from services.metadata.remote.egeria.requests import REFUSALS, Requests, provenance, require_refusal
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import as_body
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import EgeriaElement, GuidAnswer, VoidAnswer
from services.metadata.server_protocol import QualifiedNames

NAME_TAKEN = "OMAG-COMMON-409-001"
NOT_FOUND_IDS = ("OMAG-REPOSITORY-HANDLER-404-007", "OMAG-REPOSITORY-HANDLER-400-010")
"""An unknown GUID, and the GUID of an archived element."""
_TRIES = 30
"""Maximum number of attempts for one element, while each refusal teaches the vocabulary something."""

T = TypeVar("T")


class Stated(msgspec.Struct):
    """An element that was put, and its state."""

    put: Put
    guid: str
    name: str
    before: Mark | None
    """The previous statement; `None` if the element is new or its previous statement is unknown."""
    is_new: bool
    is_complete: bool


class Statements:
    """The elements that one batch puts."""

    def __init__(
        self,
        requests: Requests,
        vocabulary: Vocabulary,
        view: SourceView,
        links: Links,
        creation: ElementCreation,
        *,
        user: str,
        naming: QualifiedNames,
    ) -> None:
        self._requests = requests
        self._creation = creation
        self._vocabulary = vocabulary
        self._view = view
        self._links = links
        self._user = user
        self._naming = naming
        self._provenance = provenance((view.guid, view.name) if view.guid else None)
        self.classifications = Classifications(requests, vocabulary, self._provenance, user=user)

    async def create(self, put: Put) -> Stated | None:
        """Create an element; `None` if it exists already, in which case it is added to the view.

        Raises the error of the server's response, and `InvalidParameterError` for a name that another element has.
        """
        name = in_form_of(put.qualified_name, self._naming)
        if not fits(put.source_key, name):
            raise InvalidParameterError(messages.NAME_WITHOUT_KEY, name=name, source_key=put.source_key)
        if put.links or put.classifications:
            return await self._create_in_one_request(put, name)
        return await self._create_element(put, mark_of(put), name)

    async def _create_element(self, put: Put, mark: Mark, name: str) -> Stated | None:
        try:
            guid = await self._create(put, mark, name)
        except InvalidParameterError as error:
            if error.definition.id != NAME_TAKEN:
                raise
            await self._take_over(put, error)
            return None
        if guid is None:
            await self._take_over(put, self._requests.counterpart.not_understood(200, "it created no element"))
            return None
        self._remember(put, guid, self._vocabulary.type_for(put.type_name), name, mark)
        is_linked_already = self._requests.dialect.links_paths and has_path(put)
        return Stated(put, guid, name, before=None, is_new=not is_linked_already, is_complete=bool(mark.fingerprint))

    async def _create_in_one_request(self, put: Put, name: str) -> Stated | None:
        """Create an element with its relationships by a single request, if the server has one for this."""
        sent_as = self._vocabulary.type_for(put.type_name)
        try:
            made = await self._creation.create(put, mark_of(put), name, self._view, self._links, self._user)
        except REFUSALS as error:
            refusal = require_refusal(error)
            if self._vocabulary.learn_of(put, sent_as, refusal):
                return await self.create(put)
            await self._take_over(put, refusal)  # the server may have created it before the error
            return None
        if made is None:
            return await self._create_in_steps(put, name)
        if made.guid is None:
            await self._take_over(put, self._requests.counterpart.not_understood(200, "it created no element"))
            return None
        if made.is_trial and not made.is_as_stated:
            held = Held(made.guid, sent_as, name, put.source_key, fingerprint="", mark="")
            self._view.add(held)
            return await self.update(put, held)
        self._remember(put, made.guid, sent_as, name, made.mark)
        stated = Stated(put, made.guid, name, before=None, is_new=False, is_complete=not made.is_trial)
        return stated if made.is_trial or made.is_classified else await self._classified(stated)

    async def _create_in_steps(self, put: Put, name: str) -> Stated | None:
        """Create an element; its relationships and fingerprint follow when the elements around it exist."""
        if put.links:
            return await self._create_element(put, _unsealed(put), name)
        proofs = tuple(self._vocabulary.classification_for(each) for each in put.classifications)
        stated = await self._create_element(put, msgspec.structs.replace(mark_of(put), proofs=proofs), name)
        return None if stated is None else await self._classified(stated)

    async def _classified(self, stated: Stated) -> Stated:
        """Classify an element that has its fingerprint, but counts as changed until it has its classifications."""
        mark = mark_in(self._view.held[stated.put.source_key].mark)
        for name, properties in stated.put.classifications.items():
            try:
                await self.classifications.add_or_find(stated.guid, name, properties)
            except REFUSALS as error:
                require_refusal(error)
                stated.is_complete = stated.is_new = False
            if mark is None or self._vocabulary.classification_for(name) not in mark.proofs:
                stated.is_complete = False  # the server's name for it has just been learned
        return stated

    async def update(self, put: Put, held: Held) -> Stated:
        """Update an element in place."""
        before = mark_in(held.mark)
        states_the_same = (
            before is not None
            and bool(before.fingerprint)
            and same_links(before.links, put.links)
            and before.classifications == put.classifications
        )
        mark = mark_of(put) if states_the_same else _unsealed(put)
        await self._update(put, mark, held)
        self._remember(put, held.guid, held.type_name, held.name, mark)
        return Stated(put=put, guid=held.guid, name=held.name, before=before, is_new=False, is_complete=states_the_same)

    async def complete(self, stated: Stated) -> list[Exception]:
        """Create the relationships and classifications that an element states; returns the errors."""
        before = stated.before.links if stated.before is not None else ()
        problems = await self._links.state(stated.guid, stated.put.links, before, is_new=stated.is_new)
        problems += await self._classify(stated)
        mark = mark_of(stated.put)
        values = in_servers_form(stated.put, mark, self._vocabulary, stated.name)
        await self._write_properties(stated.guid, {"additionalProperties": values["additionalProperties"]}, False)
        held = self._view.held[stated.put.source_key]
        self._remember(stated.put, stated.guid, held.type_name, stated.name, mark)
        return problems

    async def _create(self, put: Put, mark: Mark, name: str) -> str | None:
        async def send() -> str | None:
            body = {
                "typeName": self._vocabulary.type_for(put.type_name),
                "initialStatus": "ACTIVE",
                "properties": as_body(in_servers_form(put, mark, self._vocabulary, name)),
                **self._provenance,
            }
            return (await self._requests.write(Operation.NEW_ELEMENT, body, GuidAnswer, self._user)).guid

        return await self._with_known_words(put.type_name, send)

    async def _update(self, put: Put, mark: Mark, held: Held) -> None:
        async def send() -> None:
            values = in_servers_form(put, mark, self._vocabulary, held.name)
            await self._write_properties(held.guid, values, True)

        await self._with_known_words(put.type_name, send)

    async def _with_known_words(self, type_name: str, send: Callable[[], Awaitable[T]]) -> T:
        """Send an element, and repeat it with other names as long as the refusals teach some."""
        for _ in range(_TRIES):
            sent_as = self._vocabulary.type_for(type_name)
            try:
                return await send()
            except REFUSALS as error:
                if not self._vocabulary.learn(type_name, sent_as, require_refusal(error)):
                    raise
        return await send()

    async def _write_properties(self, guid: str, values: dict[str, Any], replace: bool) -> None:
        body = {**self._requests.update(values, replace=replace), **self._provenance}
        await self._requests.write(Operation.UPDATE, body, VoidAnswer, self._user, guid=guid)

    async def _take_over(self, put: Put, error: Exception) -> None:
        """Add the existing element with the name of a new one to the view if it is the same; otherwise raise."""
        found = await self._links.element_named(put.qualified_name, archived=True)
        if found is None:
            raise error
        owner = found.origin.home_metadata_collection_name if _is_foreign(found) else "the metadata server"
        held = held_from(found, is_foreign=bool(self._view.guid))
        is_ours = found.origin.home_metadata_collection_id == self._view.guid or (
            not self._view.guid and not _is_foreign(found)
        )
        if not is_ours or held is None or held.source_key != put.source_key:
            where = f" at {held.source_key!r}" if is_ours and held is not None else ""
            raise InvalidParameterError(messages.NAME_TAKEN, name=put.qualified_name, owner=owner + where)
        if found.is_archived:
            await self.classifications.take_off(held.guid, "Memento")
            held = msgspec.structs.replace(held, fingerprint="", mark="")
        self._view.add(held)

    async def _classify(self, stated: Stated) -> list[Exception]:
        wanted = stated.put.classifications
        before = set(stated.before.classifications) if stated.before is not None else set()
        if not wanted and not before:
            return []
        current = {} if stated.is_new else await self.classifications.read(stated.guid)
        problems: list[Exception] = []
        for name, properties in wanted.items():
            try:
                if name not in current:
                    await self.classifications.add_or_find(stated.guid, name, properties)
                elif current[name] != properties:
                    await self.classifications.change(stated.guid, name, properties)
            except REFUSALS as error:
                problems.append(require_refusal(error))
        for name in sorted((before - set(wanted)) & set(current)):
            await self.classifications.take_off(stated.guid, name)
        return problems

    async def archive(self, guid: str, process: str) -> None:
        """Archive an element."""
        properties = {"archiveProcess": process} if process else {}
        if self._requests.dialect.has(Operation.ARCHIVE):
            body = {**properties, **self._provenance}
            await self._requests.write(Operation.ARCHIVE, body, VoidAnswer, self._user, guid=guid)
        else:
            await self.classifications.add(guid, "Memento", properties)

    def _remember(self, put: Put, guid: str, type_name: str, name: str, mark: Mark) -> None:
        self._view.add(
            Held(
                guid=guid,
                type_name=type_name,
                name=name,
                source_key=put.source_key,
                fingerprint=mark.fingerprint,
                mark=msgspec.json.encode(mark).decode(),
            )
        )


def _unsealed(put: Put) -> Mark:
    return msgspec.structs.replace(mark_of(put), fingerprint="")


def _is_foreign(element: EgeriaElement) -> bool:
    return element.origin.origin_category == "EXTERNAL_SOURCE"
