"""A client of a platform."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from integration_daemon.client.errors import no_only_server
from integration_daemon.client.requests import Requests
from integration_daemon.client.server_client import ServerClient
from integration_daemon.client.settings import Settings, find_platform
from integration_daemon.rest.native.answers import (
    ConnectorClass,
    ConnectorClasses,
    ConsoleLink,
    ElementType,
    ElementTypesAnswer,
    PermissionsAnswer,
    ServersAnswer,
    Validation,
)
from integration_daemon.rest.native.queries import PermissionsQuery

_DAEMON = "Integration Daemon"


class PlatformClient:
    """The native routes of a platform. Every method raises `ClientError`."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    @property
    def url(self) -> str:
        """The address of the platform."""
        return self._requests.url

    def server(self, name: str) -> ServerClient:
        """The client of a server. No request is sent: the first request fails if the server does not run."""
        return ServerClient(self._requests, name)

    async def daemon(self) -> ServerClient:
        """The client of the only integration daemon, or else the only server; raises `NotFoundError`."""
        servers = (await self.servers()).servers
        names = [each.name for each in servers if each.type == _DAEMON] or [each.name for each in servers]
        if len(names) != 1:
            raise no_only_server(self.url, names)
        return self.server(names[0])

    async def servers(self) -> ServersAnswer:
        """The servers that are running, and those that are stopped."""
        return await self._requests.get(ServersAnswer, "/api/v1/servers")

    async def permissions(self, query: PermissionsQuery | None = None) -> PermissionsAnswer:
        """The permissions of the caller."""
        return await self._requests.get(PermissionsAnswer, "/api/v1/permissions", query)

    async def connector_classes(self) -> list[ConnectorClass]:
        """The connectors that can be configured, with the JSON Schemas of their settings."""
        return (await self._requests.get(ConnectorClasses, "/api/v1/connector-classes")).connector_classes

    async def element_types(self) -> list[ElementType]:
        """The types that elements can have."""
        return (await self._requests.get(ElementTypesAnswer, "/api/v1/element-types")).types

    async def validate(self, document: object) -> Validation:
        """Check a configuration document. No connection is opened, and nothing is changed."""
        return await self._requests.post(Validation, "/api/v1/validate", body=document)

    async def openapi(self) -> dict[str, Any]:
        """The description of the REST API in the form of OpenAPI."""
        return await self._requests.get(dict[str, Any], "/api/v1/openapi.json")

    async def console_link(self) -> ConsoleLink:
        """A path that logs a browser in as the caller, once, within five minutes."""
        return await self._requests.post(ConsoleLink, "/api/v1/console-links")

    async def call(self, method: str, path: str, body: object = msgspec.UNSET, **params: str) -> Any:
        """The answer of any other route, such as one of Egeria: its JSON, its text, or none if it is empty."""
        return await self._requests.call(method, path, body, **params)


@asynccontextmanager
async def open_platform(settings: Settings | None = None) -> AsyncIterator[PlatformClient]:
    """A client of the platform that the settings, or else the environment, name; raises `WrongSettingError`.

    Without an address, the client uses the daemon that was started in this directory, with that daemon's token.
    """
    place = await trio.to_thread.run_sync(find_platform, settings or Settings())
    async with place.http:
        yield PlatformClient(Requests(place))
