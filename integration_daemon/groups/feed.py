"""The changes of a metadata store that may concern an integration group."""

from typing import Protocol

from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage
from services.metadata.last_change import last_change
from services.metadata.store import MetadataStore

_CONFIGURING_TYPES = frozenset({"IntegrationGroup", "IntegrationConnector", "Connection", "ConnectorType", "Endpoint"})
_CONFIGURING_LINKS = ("RegisteredIntegrationConnector", "CatalogTarget")


class Known(Protocol):
    """The elements that a group is made from."""

    def __contains__(self, guid: str, /) -> bool:
        """Whether an element is one of them."""


class Feed:
    """The place up to which the changes of a store have been looked at."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._last = 0

    async def begin(self) -> bool:
        """Begin with the changes that come from now on; false for a store that does not tell of changes."""
        try:
            self._last = await last_change(self._store)
        except InvalidParameterError:
            return False
        return True

    async def news(self, known: Known) -> dict[str, str]:
        """The elements whose changes may concern a group that is made from known ones, since it was asked last.

        Their types are given by GUID.
        """
        found: dict[str, str] = {}
        while True:
            page = await self._store.changes(self._last, MOST_IN_A_PAGE)
            self._last = max(self._last, page.last)
            found |= await self._concerning(page, known)
            if page.is_last:
                return found

    async def _concerning(self, page: ChangePage, known: Known) -> dict[str, str]:
        others: dict[str, str] = {}
        found: dict[str, str] = {}
        for change in page.changes:
            is_news = change.type_name in _CONFIGURING_TYPES or change.guid in known
            (found if is_news else others)[change.guid] = change.type_name
        for type_name in _CONFIGURING_LINKS if others else ():
            for link in await self._store.relationships(list(others), type_name=type_name):
                found |= {guid: others[guid] for guid in (link.end1_guid, link.end2_guid) if guid in others}
        return found
