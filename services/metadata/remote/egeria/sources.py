"""The metadata sources of a server: found by name, or made."""

import trio

from services.errors import InvalidParameterError
from services.metadata.element import MetadataSource
from services.metadata.remote.egeria.requests import Requests
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import GuidAnswer
from services.metadata.storable import require_source


class Sources:
    """The GUIDs of metadata sources, by qualified name."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._guids: dict[str, str] = {}
        self.made: set[str] = set()
        """The GUIDs of sources that were made here: they own what was written here, and nothing else."""
        self._registered: dict[str, MetadataSource] = {}
        self._making = trio.Lock()

    async def look_up(self, name: str) -> str | None:
        """The GUID of a source as the server has it now; `None` if it has none of this name."""
        body = {"class": "NameRequestBody", "name": name, "namePropertyName": "qualifiedName"}
        answer = await self._requests.ask_for_source("/metadata-sources/by-name", body, GuidAnswer, self._requests.user)
        if answer.guid is None:
            self._guids.pop(name, None)
        else:
            self._guids[name] = answer.guid
        return answer.guid

    async def register(self, source: MetadataSource, user: str) -> str:
        """The GUID of a source, which is made if the server has none of this name, now or at a later write."""
        require_source(source)
        self._registered[source.qualified_name] = source
        return await self.require(source.qualified_name, user)

    async def require(self, name: str, user: str) -> str:
        """The GUID of the source of this name."""
        guid = self._guids.get(name)
        if guid is None:
            async with self._making:
                source = self._registered.get(name) or MetadataSource(name)
                guid = self._guids.get(name) or await self.look_up(name) or await self._make(source, user)
        return guid

    def forget(self) -> None:
        """Look all of them up again: the server may have been restarted with nothing in it."""
        self._guids.clear()

    async def _make(self, source: MetadataSource, user: str) -> str:
        type_name, classification = self._vocabulary.source_type(source.type_name)
        body = {
            "class": "MetadataSourceRequestBody",
            "typeName": type_name,
            "classificationName": classification or None,
            "qualifiedName": source.qualified_name,
        }
        try:
            answer = await self._requests.ask_for_source("/metadata-sources/new", body, GuidAnswer, user)
        except InvalidParameterError:
            guid = await self.look_up(source.qualified_name)  # somebody else may have made it meanwhile
            if guid is None:
                raise
            return guid
        if answer.guid is None:
            raise self._requests.counterpart.not_understood(200, "it made a metadata source without a GUID")
        self._guids[source.qualified_name] = answer.guid
        self.made.add(answer.guid)
        return answer.guid
