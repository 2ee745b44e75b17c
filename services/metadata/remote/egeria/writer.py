"""Applies a batch change by change, because the server has no transactions.

Changes are made in the order of the batch; consecutive puts or removals are made many at once. An interrupted batch is
completed by the next scan, which finds the missing changes.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.changes import (
    Batch,
    Change,
    Classify,
    Declassify,
    Outcome,
    Purge,
    Put,
    Rejection,
    Relate,
    Remove,
    Unrelate,
)
from services.metadata.remote.egeria.element_creation import ElementCreation
from services.metadata.remote.egeria.links import Links
from services.metadata.remote.egeria.listing import Listings, SourceView
from services.metadata.remote.egeria.marks import Held, content_of, mark_in
from services.metadata.remote.egeria.order import in_order
from services.metadata.remote.egeria.parallel import in_parallel
from services.metadata.remote.egeria.removals import Removals
from services.metadata.remote.egeria.reports import is_report, publish
from services.metadata.remote.egeria.requests import REFUSALS, Requests, require_refusal
from services.metadata.remote.egeria.statements import NOT_FOUND_IDS, Stated, Statements
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.server_protocol import QualifiedNames
from services.metadata.storable import refusal, subject_of
from services.metadata.types.registry import supertypes_of


class Writer:
    """A batch in progress."""

    def __init__(
        self,
        requests: Requests,
        vocabulary: Vocabulary,
        listings: Listings,
        creation: ElementCreation,
        view: SourceView,
        batch: Batch,
        naming: QualifiedNames,
    ) -> None:
        self.outcome = Outcome()
        self._requests = requests
        self._vocabulary = vocabulary
        self._listings = listings
        self._view = view
        self._batch = batch
        self._links = Links(requests, vocabulary, view, batch.user)
        self._statements = Statements(requests, vocabulary, view, self._links, creation, user=batch.user, naming=naming)
        self._removals = Removals(requests, listings, view, self._statements, self.outcome, user=batch.user)
        self._incomplete: dict[str, Stated] = {}
        self._refused: set[str] = set()
        """Qualified names of puts that required a new element and were rejected."""

    async def apply(self) -> Outcome:
        """Apply the whole batch."""
        changes = [each for each in self._batch.changes if self._can_keep(each)]
        keys = [each.source_key for each in changes if isinstance(each, Put | Remove)]
        await self._listings.make_known(self._view, keys)
        for kind, group in itertools.groupby(changes, key=type):
            some: list[Any] = list(group)
            if kind is Put:
                for level in in_order(some):
                    await self._all_at_once(self._put, level)
                continue
            await self._complete_all()
            if kind is Remove:
                await self._all_at_once(self._removals.remove, some)
                continue
            for change in some:
                await self._or_reject(change, self._apply)
        await self._complete_all()
        return self.outcome

    def _can_keep(self, change: Change) -> bool:
        error = refusal(change)
        if error is not None:
            self._reject(subject_of(change), error)
        return error is None

    async def _all_at_once(self, work: Callable[[Any], Awaitable[None]], changes: Sequence[Put | Remove]) -> None:
        """Make changes of different elements at once; of two changes of one element, the later follows the earlier."""
        left = list(changes)
        while left:
            some: dict[str, Put | Remove] = {}
            later: list[Put | Remove] = []
            for change in left:
                if change.source_key in some:
                    later.append(change)
                else:
                    some[change.source_key] = change
            await in_parallel(lambda change: self._or_reject(change, work), some.values())
            left = later

    async def _or_reject(self, change: Change, work: Callable[[Any], Awaitable[None]]) -> None:
        try:
            await work(change)
        except REFUSALS as error:
            self._reject(subject_of(change), require_refusal(error))
            if isinstance(change, Put) and change.is_new:
                self._refused.add(change.qualified_name)

    async def _put(self, put: Put) -> None:
        if is_report(put, self._requests):
            await publish(put, self._requests, self._links, self._view, self._batch.user)
            self.outcome.created += 1
            return
        held = self._view.held.get(put.source_key)
        self._require_new(put, held)
        if held is not None and self._is_retyped(held, put):
            await self._removals.archive(held, "retyped")
            held = None
        if held is None:
            stated = await self._statements.create(put)
            if stated is not None:
                self.outcome.created += 1
                self._note(stated)
                return
            held = self._view.held[put.source_key]
            self._require_new(put, held)
        if held.fingerprint == put.fingerprint:
            self.outcome.unchanged += 1
            return
        await self._update(put, held)

    def _require_new(self, put: Put, held: Held | None) -> None:
        if put.is_new and held is not None:
            owner = self._view.name or "the metadata server"
            raise InvalidParameterError(messages.NAME_TAKEN, name=put.qualified_name, owner=owner)

    async def _update(self, put: Put, held: Held) -> None:
        try:
            stated = await self._statements.update(put, held)
        except REFUSALS as error:
            if require_refusal(error).definition.id not in NOT_FOUND_IDS:
                raise
            self._view.drop(put.source_key)  # removed by another program since it was listed
            created = await self._statements.create(put)
            if created is not None:
                self.outcome.created += 1
                self._note(created)
                return
            stated = await self._statements.update(put, self._view.held[put.source_key])
        self.outcome.updated += 1
        self._note(stated)

    def _is_retyped(self, held: Held, put: Put) -> bool:
        """True if the element has another type now: it must be replaced, because the server cannot change a type.

        An element that another program has created with a more general type keeps that type.
        """
        mark = mark_in(held.mark)
        if mark is not None:
            return mark.type_name != put.type_name
        return held.type_name not in (self._vocabulary.type_for(put.type_name), *supertypes_of(put.type_name))

    def _note(self, stated: Stated) -> None:
        self.outcome.guids[stated.put.qualified_name] = stated.guid
        if stated.is_complete:
            self._incomplete.pop(stated.put.source_key, None)
        else:
            self._incomplete[stated.put.source_key] = stated

    async def _complete_all(self) -> None:
        """Create the relationships and classifications of incomplete elements, after all elements exist."""
        incomplete, self._incomplete = list(self._incomplete.values()), {}

        async def complete(stated: Stated) -> None:
            try:
                problems = await self._statements.complete(stated)
            except REFUSALS as error:
                problems = [require_refusal(error)]
            for problem in problems:
                self._reject(stated.put.qualified_name, problem)

        await in_parallel(complete, incomplete)

    async def _apply(self, change: Change) -> None:
        if isinstance(change, Relate):
            if not self._refused.isdisjoint((change.end1, change.end2)):
                return
            end1, end2 = await self._ends(change)
            await self._links.relate(change.type_name, end1, end2, change.properties)
        elif isinstance(change, Unrelate):
            end1, end2 = await self._ends(change)
            await self._links.unrelate(change.type_name, end1, end2)
        elif isinstance(change, Classify):
            await self._classify(change.qualified_name, change.classification, change.properties)
        elif isinstance(change, Declassify):
            await self._classify(change.qualified_name, change.classification, None)
        elif isinstance(change, Purge):
            await self._removals.purge(change)

    async def _ends(self, change: Relate | Unrelate) -> tuple[str, str]:
        guids = []
        for name in (change.end1, change.end2):
            guid = await self._links.guid_of(name)
            if guid is None:
                raise InvalidParameterError(messages.OTHER_END_NOT_FOUND, type_name=change.type_name, name=name)
            guids.append(guid)
        return guids[0], guids[1]

    async def _classify(self, name: str, classification: str, properties: dict[str, Any] | None) -> None:
        element = await self._links.element_named(name)
        if element is None:
            raise InvalidParameterError(messages.ELEMENT_NOT_FOUND, kind="qualified name", value=name)
        _, _, classifications = content_of(element, self._vocabulary)
        before = classifications.get(classification)
        if before == properties:
            self.outcome.unchanged += 1
            return
        guid = element.element_guid
        if properties is None:
            await self._statements.classifications.take_off(guid, classification)
        elif before is None:
            await self._statements.classifications.add(guid, classification, properties)
        else:
            await self._statements.classifications.change(guid, classification, properties)
        self.outcome.updated += 1

    def _reject(self, subject: str, error: Exception) -> None:
        self.outcome.rejected.append(Rejection(subject.replace("\x00", "\\x00"), str(error)))
