"""The context of connectors that exchange metadata with third-party catalogues."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Link, Outcome, Put, Query, Relate
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.types.base import Referenceable
from services.metadata.types.glossary import ExternalId, GlossaryTerm


class CatalogIntegratorContext(IntegrationContext):
    """Open metadata as elements that a third-party catalogue knows by its own identifiers."""

    __slots__ = ()

    async def put_elements(self, elements: Mapping[str, Referenceable]) -> Outcome:
        """Catalogue elements of the third party, each with its identifier at the third party."""
        changes = [
            put
            for identifier, element in elements.items()
            for put in (to_put(element), self._identified(identifier, element.qualified_name))
        ]
        return await self.apply(changes)

    async def add_external_identifier(self, qualified_name: str, identifier: str) -> Outcome:
        """Record the third party's identifier of an element that was sent to it."""
        return await self.apply([self._identified(identifier, qualified_name)])

    async def element_known_as(self, identifier: str) -> ElementRecord | None:
        """The element that the third party knows by this identifier."""
        names = await self.find(Query(qualified_name=self._identifier_name(identifier), page_size=1))
        if not names:
            return None
        links = await self.relationships([names[0].guid], type_name="ExternalIdLink")
        elements = await self.get([link.end1_guid for link in links])
        return elements[0] if elements else None

    def elements_to_send(self, type_name: str, since: datetime | None) -> AllPages[ElementRecord]:
        """All elements of other sources changed since a time, to be sent to the third party.

        Raises `UserNotAuthorizedError` if the permitted synchronization does not allow changes of the third party.
        """
        self.require_third_party_changes("send metadata to the third party")
        query = Query(type_name=type_name, updated_since=since, page_size=self.settings.max_page_size)
        return self._each(query, self._of_others)

    async def _of_others(self, elements: list[ElementRecord]) -> list[ElementRecord]:
        return [element for element in elements if element.metadata_source != self.settings.metadata_source]

    async def put_terms(self, glossary: str, terms: Sequence[GlossaryTerm]) -> Outcome:
        """Catalogue the terms of an existing glossary, given by its qualified name."""
        return await self.apply([to_put(term, links=[Link("TermAnchor", glossary)]) for term in terms])

    async def assign_meaning(self, qualified_name: str, term: str) -> Outcome:
        """State that a glossary term is the meaning of an element; both by qualified name."""
        return await self.apply([Relate(type_name="SemanticAssignment", end1=qualified_name, end2=term)])

    def _identified(self, identifier: str, qualified_name: str) -> Put:
        name = ExternalId(qualified_name=self._identifier_name(identifier), identifier=identifier)
        return to_put(name, links=[Link("ExternalIdLink", qualified_name)])

    def _identifier_name(self, identifier: str) -> str:
        return f"ExternalId::{self.settings.metadata_source}::{identifier}"
