"""The changes of a metadata store that may concern an integration group."""

from collections.abc import Collection

from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage
from services.metadata.last_change import last_change
from services.metadata.store import MetadataStore

_CONFIGURING_TYPES = frozenset({"IntegrationGroup", "IntegrationConnector", "Connection", "ConnectorType", "Endpoint"})
_CONFIGURING_LINKS = ("RegisteredIntegrationConnector", "CatalogTarget")


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

    async def has_news(self, elements: Collection[str]) -> bool:
        """Whether something has changed that may concern a group made from these elements, since it was asked last."""
        is_news = False
        while True:
            page = await self._store.changes(self._last, MOST_IN_A_PAGE)
            self._last = max(self._last, page.last)
            is_news = is_news or await self._concerns(page, elements)
            if page.is_last:
                return is_news

    async def _concerns(self, page: ChangePage, elements: Collection[str]) -> bool:
        changed = [change.guid for change in page.changes]
        if any(change.type_name in _CONFIGURING_TYPES for change in page.changes):
            return True
        if not all(guid not in elements for guid in changed):
            return True
        for type_name in _CONFIGURING_LINKS if changed else ():
            if await self._store.relationships(changed, type_name=type_name):  # such as an element has stated itself
                return True
        return False
