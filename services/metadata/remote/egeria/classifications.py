"""The classifications of elements, which are added, changed and removed one by one."""

from typing import Any

from services.errors import InvalidParameterError
from services.metadata.remote.egeria.requests import REFUSALS, Requests, require_refusal
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import all_decoded, all_encoded, as_body
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import ElementAnswer, VoidAnswer


class Classifications:
    """The classifications that one batch adds, changes and removes. Names are those of this program."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary, provenance: dict[str, Any], *, user: str) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._provenance = provenance
        self._user = user

    async def add(self, guid: str, name: str, properties: dict[str, Any]) -> None:
        """Add a classification that the element does not have."""
        body = {"properties": as_body(all_encoded(properties)), **self._provenance}
        await self._send(Operation.CLASSIFY, body, guid, name)

    async def add_or_find(self, guid: str, name: str, properties: dict[str, Any]) -> None:
        """Add a classification, which may exist already if a response was lost."""
        try:
            await self.add(guid, name, properties)
        except REFUSALS as error:
            require_refusal(error)
            if (await self.read(guid)).get(name) != properties:
                raise

    async def change(self, guid: str, name: str, properties: dict[str, Any]) -> None:
        """Replace the properties of a classification that the element has."""
        body = {**self._requests.update(all_encoded(properties), replace=True), **self._provenance}
        await self._send(Operation.RECLASSIFY, body, guid, name)

    async def take_off(self, guid: str, name: str) -> None:
        """Remove a classification that the element has."""
        body = {**self._requests.removal(Operation.DECLASSIFY), **self._provenance}
        await self._send(Operation.DECLASSIFY, body, guid, name)

    async def _send(self, operation: Operation, body: dict[str, Any], guid: str, name: str) -> None:
        while True:
            remote_name = self._vocabulary.classification_for(name)
            try:
                await self._requests.write(operation, body, VoidAnswer, self._user, guid=guid, name=remote_name)
                return
            except InvalidParameterError as error:
                if not self._vocabulary.learn_classification(name, error):
                    raise

    async def read(self, guid: str) -> dict[str, dict[str, Any]]:
        """The classifications of an element by name, with their properties."""
        answer = await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)
        if answer.element is None:
            return {}
        return {
            self._vocabulary.classification_from(each.classification_name): all_decoded(
                each.classification_properties.property_value_map
            )
            for each in answer.element.classifications
        }
