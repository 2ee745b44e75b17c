"""New files in one request each: by the route of the Data Manager that Egeria's own files daemon uses.

The server makes the file and links it to its folder, which together take three requests otherwise. What it makes is
compared once with what it was sent, for each set of properties; files that it does not make faithfully, and those that
state more than their folder, are made as other elements are.
"""

from typing import Any

import msgspec
import trio

from services.metadata.changes import Link, Put
from services.metadata.remote.egeria.links import related
from services.metadata.remote.egeria.listing import SourceView
from services.metadata.remote.egeria.marks import Mark, marked_properties
from services.metadata.remote.egeria.names import canonical
from services.metadata.remote.egeria.requests import DEFAULT_ACCESS_SERVICE, Requests, provenance
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import DATES, all_encoded, milliseconds
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import ElementAnswer, GuidsAnswer
from services.metadata.types.files import DataFile
from services.metadata.types.registry import type_named

_NAMES = {"storeCreateTime": "createTime", "storeUpdateTime": "modifiedTime"}
_OF_EVERY_FILE = frozenset(
    {"qualifiedName", "name", "description", "pathName", "fileType", "deployedImplementationType"}
    | {"storeCreateTime", "storeUpdateTime", "additionalProperties"}
)


class MadeFile(msgspec.Struct, frozen=True):
    """A file that the server was asked to make."""

    guid: str | None
    """None if the answer does not tell."""
    is_as_stated: bool


class FileRoute:
    """The route of one metadata server, and what was found out about it."""

    def __init__(self, requests: Requests, vocabulary: Vocabulary) -> None:
        self._requests = requests
        self._vocabulary = vocabulary
        self._is_faithful: dict[frozenset[str], bool] = {}
        self._comparing = trio.Lock()

    def forget(self) -> None:
        """Compare again: another server may have come back in place of this one."""
        self._is_faithful.clear()

    def takes(self, put: Put, mark: Mark, name: str, view: SourceView) -> bool:
        """Whether the route may make a file: one of a source, in a folder that is there, named as the server does."""
        if not self._requests.dialect.has(Operation.NEW_FILE) or not view.guid or put.classifications:
            return False
        if self._requests.access_service != DEFAULT_ACCESS_SERVICE or not issubclass(
            type_named(put.type_name), DataFile
        ):
            return False
        values = marked_properties(put, mark, self._vocabulary, name)
        path = values.get("pathName") or ""
        folder = Link("NestedFile", f"FileFolder::{path.rpartition('/')[0] or '/'}")
        return (
            name == f"{self._vocabulary.type_for(put.type_name)}:{path}"
            and put.links == (folder,)
            and canonical(folder.qualified_name) in view.guids
            and self._is_faithful.get(frozenset(values), True)
        )

    async def create(self, put: Put, mark: Mark, name: str, view: SourceView, user: str) -> MadeFile | None:
        """Make a file; `None` if it has to be made in another way.

        Raises what the server answers.
        """
        values = marked_properties(put, mark, self._vocabulary, name)
        kind = frozenset(values)
        if kind not in self._is_faithful:
            async with self._comparing:
                if kind not in self._is_faithful:
                    guid = await self._make(put, values, view, user)
                    if guid is not None:
                        self._is_faithful[kind] = await self._is_as_stated(guid, put, values, view)
                    return MadeFile(guid, is_as_stated=self._is_faithful.get(kind, False))
        if not self._is_faithful[kind]:
            return None
        return MadeFile(await self._make(put, values, view, user), is_as_stated=True)

    async def _make(self, put: Put, values: dict[str, Any], view: SourceView, user: str) -> str | None:
        given = {name: value for name, value in values.items() if value is not None}
        others = {name: value for name, value in given.items() if name not in _OF_EVERY_FILE}
        body = {
            "typeName": self._vocabulary.type_for(put.type_name),
            **{_NAMES.get(name, name): _as_sent(name, value) for name, value in given.items() if name not in others},
            **({"extendedProperties": others} if others else {}),
            **provenance((view.guid, view.name)),
        }
        answer = await self._requests.write(Operation.NEW_FILE, body, GuidsAnswer, user)
        return answer.guids[-1] if answer.guids else None

    async def _is_as_stated(self, guid: str, put: Put, values: dict[str, Any], view: SourceView) -> bool:
        answer = await self._requests.read(Operation.ELEMENT, ElementAnswer, guid=guid)
        folders = await related(self._requests, self._vocabulary, guid, 2, "NestedFile")
        element = answer.element
        return (
            element is not None
            and element.type.type_name == self._vocabulary.type_for(put.type_name)
            and element.origin.home_metadata_collection_id == view.guid
            and element.element_properties.property_value_map == all_encoded(values)
            and [each.element.element_guid for each in folders] == [view.guids[canonical(put.links[0].qualified_name)]]
        )


def _as_sent(name: str, value: Any) -> Any:
    return milliseconds(name, value) if name in DATES and isinstance(value, str) else value
