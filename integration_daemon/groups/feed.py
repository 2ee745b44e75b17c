"""The changes of a metadata store that may concern an integration group."""

from typing import Protocol

from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage
from services.metadata.last_change import last_change
from services.metadata.store import MetadataStore

_CONFIGURING_TYPES = frozenset({"IntegrationGroup", "IntegrationConnector", "Connection", "ConnectorType", "Endpoint"})
_CONFIGURING_LINKS = ("RegisteredIntegrationConnector", "CatalogTarget")


class Dependencies(Protocol):
    """The elements on which a group depends."""

    def __contains__(self, guid: str, /) -> bool:
        """True if the group depends on an element."""


class Feed:
    """Reads the changes of a store, each once."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._last = 0

    async def begin(self) -> bool:
        """Begin with the next change; false for a store without a feed of changes."""
        try:
            self._last = await last_change(self._store)
        except InvalidParameterError:
            return False
        return True

    async def changes(self, known: Dependencies) -> dict[str, str]:
        """The changed elements, since the last call, that may concern a group that depends on the known elements.

        Returns their types by GUID.
        """
        found: dict[str, str] = {}
        while True:
            page = await self._store.changes(self._last, MOST_IN_A_PAGE)
            self._last = max(self._last, page.last)
            found |= await self._concerning(page, known)
            if page.is_last:
                return found

    async def _concerning(self, page: ChangePage, known: Dependencies) -> dict[str, str]:
        others: dict[str, str] = {}
        found: dict[str, str] = {}
        for change in page.changes:
            is_relevant = change.type_name in _CONFIGURING_TYPES or change.guid in known
            (found if is_relevant else others)[change.guid] = change.type_name
        for type_name in _CONFIGURING_LINKS if others else ():
            for link in await self._store.relationships(list(others), type_name=type_name):
                found |= {guid: others[guid] for guid in (link.end1_guid, link.end2_guid) if guid in others}
        return found
