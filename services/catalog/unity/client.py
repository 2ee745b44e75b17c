"""The client of a Unity Catalog server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

import httpx2
import msgspec

from services.catalog.rest.client import RefusedError, RestClient
from services.catalog.synchronization.shared import COMMENT
from services.catalog.unity.settings import UnitySettings
from services.catalog.unity.wire import CatalogInfo, Kind, Page, SchemaInfo
from services.web_client.opening import open_http

Names = tuple[str, ...]
"""The names of a catalog, a schema in it, and an object in the schema."""


class UnityClient(RestClient):
    """The client of one server; created by `open_client`."""

    def __init__(self, http: httpx2.AsyncClient, settings: UnitySettings) -> None:
        super().__init__(http, settings.rest)
        self.settings = settings

    @property
    def path(self) -> str:
        """The unique name of the server: its host."""
        return urlsplit(self.rest.address).netloc

    def place(self, kind: Kind, names: Names) -> str:
        """The path of an object; raises `RefusedError` for an object whose full name is ambiguous."""
        if any("." in each for each in names):
            raise RefusedError("the interface cannot address a name with a full stop in it")
        return f"/{kind.place}/{quote('.'.join(names), safe='')}"

    async def page(self, kind: Kind, parameters: Mapping[str, str]) -> tuple[list[msgspec.Raw], str]:
        """A page of a listing, and the token of the next page, empty at the end; see `send` for the errors."""
        page = await self.get(f"/{kind.place}", Page, parameters)
        objects: list[msgspec.Raw] | None = getattr(page, kind.field)
        return objects or [], page.next_page_token or ""

    async def change(self, kind: Kind, names: Names, changes: Mapping[str, str | None]) -> bytes:
        """Change the comment and properties of an object, and return the object; see `send` for the errors.

        The API replaces all properties at once, so they are read first. It ignores an empty map: the last property
        cannot be removed, which raises `RefusedError`.
        """
        place, body = self.place(kind, names), dict[str, object]()
        if COMMENT in changes:
            body["comment"] = changes[COMMENT] or ""
        others = {name: value for name, value in changes.items() if name != COMMENT}
        if others:
            found = await self.get(place, kind.info)
            assert isinstance(found, CatalogInfo | SchemaInfo)
            new = {**(found.properties or {}), **others}
            body["properties"] = {name: value for name, value in new.items() if value is not None}
        content = (await self.send("PATCH", place, body=body)).content
        changed = self.decoded(content, kind.info)
        kept = getattr(changed, "properties", None) or {}
        if left := sorted(name for name, value in others.items() if kept.get(name) != value):
            raise RefusedError(f"it has not changed the property {left[0]!r}")
        return content


@asynccontextmanager
async def open_client(settings: UnitySettings) -> AsyncIterator[UnityClient]:
    """A client of a server; it is closed at the end of the block."""
    async with open_http(
        settings.rest.address, ca_bundle=settings.rest.ca_bundle, at_once=settings.rest.requests_at_once
    ) as http:
        yield UnityClient(http, settings)
