"""Removes elements at the server: archives or deletes them one at a time, or purges long-archived ones."""

from services.metadata.changes import Outcome, Purge, Remove
from services.metadata.remote.egeria.listing import Listings, SourceView
from services.metadata.remote.egeria.marks import Held, mark_in
from services.metadata.remote.egeria.parallel import in_parallel
from services.metadata.remote.egeria.requests import REFUSALS, Requests, provenance, require_refusal
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.statements import NOT_FOUND_IDS, Statements
from services.metadata.remote.egeria.wire import ElementAnswer, VoidAnswer

PURGED_AT_ONCE = 1_000


class Removals:
    """The removals of one batch, counted in its outcome."""

    def __init__(
        self,
        requests: Requests,
        listings: Listings,
        view: SourceView,
        statements: Statements,
        outcome: Outcome,
        *,
        user: str,
    ) -> None:
        self._requests = requests
        self._listings = listings
        self._view = view
        self._statements = statements
        self._outcome = outcome
        self._user = user

    async def remove(self, remove: Remove) -> None:
        """Archive or delete an element; an element that does not exist counts as removed already."""
        if remove.archived_guid:
            await self._delete_archived(remove.archived_guid)
            return
        held = self._view.held.get(remove.source_key)
        if held is None:
            return
        if remove.delete:
            await self._delete(held)
        else:
            await self.archive(held, remove.archive_process)
        self._outcome.removed += 1

    async def _delete_archived(self, guid: str) -> None:
        """Delete an archived element of the source; an active one is not affected."""
        answer = await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)
        if answer.element is not None and answer.element.is_archived:
            await self._delete_element(guid)
            self._outcome.removed += 1

    async def _delete(self, held: Held) -> None:
        try:
            await self._delete_element(held.guid)
        except REFUSALS as error:
            if require_refusal(error).definition.id not in NOT_FOUND_IDS:
                raise
        self._view.drop(held.source_key)

    async def _delete_element(self, guid: str) -> None:
        source = (self._view.guid, self._view.name) if self._view.guid else None
        body = {**self._requests.removal(Operation.DELETE), **provenance(source)}
        await self._requests.write(Operation.DELETE, body, VoidAnswer, self._user, guid=guid)

    async def archive(self, held: Held, process: str) -> None:
        """Archive an element; the server may respond with an error although it has done so."""
        try:
            await self._statements.archive(held.guid, process)
        except REFUSALS as error:
            require_refusal(error)
            if not await self._is_gone(held.guid):
                raise
        self._view.drop(held.source_key)

    async def _is_gone(self, guid: str) -> bool:
        try:
            answer = await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)
        except REFUSALS as error:
            return require_refusal(error).definition.id in NOT_FOUND_IDS
        return answer.element is None or answer.element.is_archived

    async def purge(self, purge: Purge) -> None:
        """Delete elements that were archived long enough ago, a bounded number of them."""
        due: list[str] = []
        async for held, element in self._listings.owned(self._view, purge.scope, archived=True):
            (memento,) = (each for each in element.classifications if each.classification_name == "Memento")
            if memento.versions.create_time < purge.archived_before and mark_in(held.mark) is not None:
                due.append(held.guid)
                if len(due) == PURGED_AT_ONCE:
                    break
        await in_parallel(self._delete_element, due)
        self._outcome.purged += len(due)
