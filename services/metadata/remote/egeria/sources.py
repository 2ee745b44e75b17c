"""The metadata sources of a server, which are looked up by name or created."""

import trio

from services.errors import InvalidParameterError
from services.metadata.element import MetadataSource
from services.metadata.remote.egeria.requests import Requests
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import all_encoded, as_body
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import ElementAnswer, GuidAnswer
from services.metadata.storable import require_source


class Sources:
    """The GUIDs of metadata sources, by qualified name."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._guids: dict[str, str] = {}
        self.made: set[str] = set()
        """The GUIDs of sources created by this store: they own only elements written by it."""
        self._registered: dict[str, MetadataSource] = {}
        self._making = trio.Lock()

    async def look_up(self, name: str) -> str | None:
        """The GUID of a source as the server has it now; `None` if the name is unknown."""
        body = {"name": name, "namePropertyName": "qualifiedName"}
        if self._requests.dialect.has(Operation.SOURCE_NAMED):
            guid = (await self._requests.write(Operation.SOURCE_NAMED, body, GuidAnswer, self._requests.user)).guid
        else:
            element = (await self._requests.read(Operation.NAMED, ElementAnswer, body)).element
            guid = None if element is None or element.is_archived else element.element_guid
        if guid is None:
            self._guids.pop(name, None)
        else:
            self._guids[name] = guid
        return guid

    async def register(self, source: MetadataSource, user: str) -> str:
        """The GUID of a source, which is created if the server does not have it, now or at a later write."""
        require_source(source)
        self._registered[source.qualified_name] = source
        return await self.require(source.qualified_name, user)

    async def require(self, name: str, user: str) -> str:
        """The GUID of the source with this name, which is created if the server does not have it."""
        guid = self._guids.get(name)
        if guid is None:
            async with self._making:
                source = self._registered.get(name) or MetadataSource(name)
                guid = self._guids.get(name) or await self.look_up(name) or await self._make(source, user)
        return guid

    def forget(self) -> None:
        """Look up all sources again: the server may have been restarted without its elements."""
        self._guids.clear()

    async def _make(self, source: MetadataSource, user: str) -> str:
        try:
            made = await self._send(source, user)
        except InvalidParameterError:
            guid = await self.look_up(source.qualified_name)  # another program may have created it meanwhile
            if guid is None:
                raise
            return guid
        if made is None:
            raise self._requests.counterpart.not_understood(200, "it made a metadata source without a GUID")
        self._guids[source.qualified_name] = made
        self.made.add(made)
        return made

    async def _send(self, source: MetadataSource, user: str) -> str | None:
        if not self._requests.dialect.has(Operation.NEW_SOURCE):
            return await self._send_element(source, user)
        type_name, classification = self._vocabulary.source_type(source.type_name)
        body = {
            "typeName": type_name,
            "classificationName": classification or None,
            "qualifiedName": source.qualified_name,
        }
        return (await self._requests.write(Operation.NEW_SOURCE, body, GuidAnswer, user)).guid

    async def _send_element(self, source: MetadataSource, user: str) -> str | None:
        """Create a source at a server for which it is an ordinary element."""
        while True:
            type_name = self._vocabulary.type_for(source.type_name)
            properties = as_body(all_encoded({"qualifiedName": source.qualified_name}))
            body = {"typeName": type_name, "properties": properties}
            try:
                return (await self._requests.write(Operation.NEW_ELEMENT, body, GuidAnswer, user)).guid
            except InvalidParameterError as error:
                if not self._vocabulary.learn(source.type_name, type_name, error):
                    raise
