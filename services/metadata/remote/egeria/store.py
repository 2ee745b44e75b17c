"""The store over one metadata server of Egeria."""

from collections.abc import Sequence

import httpx2

from services.errors import InvalidParameterError, MetadataServerUnavailableError
from services.metadata import messages
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.remote.answers import Counterpart
from services.metadata.remote.egeria.element_creation import ElementCreation
from services.metadata.remote.egeria.finding import find_page
from services.metadata.remote.egeria.generation import Generation
from services.metadata.remote.egeria.links import related
from services.metadata.remote.egeria.listing import Listings
from services.metadata.remote.egeria.parallel import in_parallel
from services.metadata.remote.egeria.records import record_of, relationship_of
from services.metadata.remote.egeria.requests import DEFAULT_ACCESS_SERVICE, Requests
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.sources import Sources
from services.metadata.remote.egeria.statements import NOT_FOUND_IDS
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import ElementAnswer, RelatedElement
from services.metadata.remote.egeria.writer import Writer
from services.metadata.server_protocol import QualifiedNames
from services.metadata.storable import require_page
from services.metadata.store import MetadataStore


class EgeriaStore(MetadataStore):
    """A metadata access server of Egeria, used element by element.

    It has no transactions: an interrupted batch may have been applied in part, and is completed by the next scan. The
    elements of a metadata source are read from the server whenever a scan begins.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        counterpart: Counterpart,
        user: str,
        *,
        generation: Generation = Generation.EGERIA_4,
        naming: QualifiedNames = QualifiedNames.SERVER,
        access_service: str = DEFAULT_ACCESS_SERVICE,
        page_size: int = 0,
    ) -> None:
        self._requests = Requests(
            client, counterpart, user, generation.dialect, access_service=access_service, page_size=page_size
        )
        self._naming = generation.naming(naming)
        self._vocabulary = Vocabulary(generation.vocabulary_differences)
        self._sources = Sources(self._requests, self._vocabulary)
        self._creation = ElementCreation(self._requests, self._vocabulary)
        self._listings = Listings(self._requests, self._sources)

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._sources.register(source, user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        view = self._listings.known(metadata_source, scope) if after else None
        if view is None:
            view = await self._listings.read(metadata_source, scope)
        if view is None:
            return {}
        return view.page(scope, after or "", limit)

    async def apply(self, batch: Batch) -> Outcome:
        """Apply a batch, change by change."""
        name, guid = batch.metadata_source, ""
        if name:
            guid = await self._sources.require(name, batch.user)
        view = self._listings.view(name, guid)
        try:
            writer = Writer(self._requests, self._vocabulary, self._listings, self._creation, view, batch, self._naming)
            return await writer.apply()
        except MetadataServerUnavailableError:
            self._creation.forget()
            self._sources.forget()
            self._listings.forget()
            raise

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        found: dict[str, ElementRecord] = {}

        async def get_one(guid: str) -> None:
            try:
                answer = await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)
            except InvalidParameterError as error:
                if error.definition.id not in NOT_FOUND_IDS:
                    raise
                return
            if answer.element is not None:
                found[guid] = record_of(answer.element, self._vocabulary)

        await in_parallel(get_one, dict.fromkeys(guids))
        return [found[guid] for guid in dict.fromkeys(guids) if guid in found]

    async def find_page(self, query: Query) -> ElementPage:
        return await find_page(query, self._requests, self._vocabulary)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return (await self._linked(guids, type_name))[0]

    async def linked(
        self, guids: Sequence[str], type_name: str
    ) -> tuple[list[RelationshipRecord], list[ElementRecord]]:
        links, ends = await self._linked(guids, type_name)
        return links, [record_of(each.element, self._vocabulary) for each in ends]

    async def _linked(
        self, guids: Sequence[str], type_name: str | None
    ) -> tuple[list[RelationshipRecord], list[RelatedElement]]:
        found: dict[str, RelationshipRecord] = {}
        others: dict[str, RelatedElement] = {}
        asked_for = set(guids)

        async def ask(guid: str) -> None:
            for at_end in (1, 2):
                try:
                    ends = await related(self._requests, self._vocabulary, guid, at_end, type_name)
                except InvalidParameterError as error:
                    if error.definition.id not in NOT_FOUND_IDS:
                        raise
                    return
                for each in ends:
                    if not each.element.is_archived or each.element.element_guid in asked_for:
                        found[each.relationship_guid] = relationship_of(each, guid, at_end, self._vocabulary)
                        others[each.element.element_guid] = each

        await in_parallel(ask, dict.fromkeys(guids))
        return list(found.values()), list(others.values())

    async def changes(self, after: int, limit: int) -> ChangePage:
        """Raises `InvalidParameterError`: the server has no numbered changes."""
        require_page(after, limit)
        raise InvalidParameterError(messages.NO_CHANGE_FEED, server=self._requests.counterpart.server)

    async def aclose(self) -> None:
        """Do nothing: the function that opened the store closes the client."""
