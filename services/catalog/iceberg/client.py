"""The client of an Iceberg catalogue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

import httpx2

from services.catalog.iceberg.settings import IcebergSettings
from services.catalog.iceberg.wire import CatalogConfig
from services.catalog.rest.client import ForbiddenError, NotFoundError, RefusedError, RestClient
from services.web_client.opening import open_http

UNIT_SEPARATOR = "%1F"
"""Separates the levels of a namespace in a path."""

Namespace = tuple[str, ...]


class IcebergClient(RestClient):
    """The client of one catalogue; created by `open_client`."""

    def __init__(self, http: httpx2.AsyncClient, settings: IcebergSettings) -> None:
        super().__init__(http, settings.rest)
        self.settings = settings
        self.config = CatalogConfig()
        self._prefix = ""

    async def configure(self) -> None:
        """Read the catalogue's configuration; raises `ConnectorConfigurationError` if the server is no catalogue."""
        settings = self.settings
        parameters = {"warehouse": settings.warehouse} if settings.warehouse else {}
        try:
            self.config = await self.get("/v1/config", CatalogConfig, parameters)
        except (NotFoundError, RefusedError) as error:
            raise self.not_expected(error) from None
        address = self.config.get("uri").rstrip("/")
        if address and self._is_same_origin(address):
            self.base = address
        prefix = self.config.get("prefix")
        self._prefix = "/v1" + (f"/{prefix if '%' in prefix else quote(prefix)}" if prefix else "")

    @property
    def path(self) -> str:
        """The unique name of the catalogue: its host, and its warehouse or prefix."""
        host = urlsplit(self.rest.address).netloc
        return "::".join((host, *filter(None, [self.settings.warehouse or self.config.get("prefix")])))

    @property
    def nessie(self) -> str:
        """The address of Nessie's own API, if the catalogue is a Nessie server at the same origin; else empty."""
        if self.config.get("nessie.is-nessie-catalog") != "true":
            return ""
        base = self.config.get("nessie.core-base-uri").rstrip("/")
        return f"{base}/v2" if self._is_same_origin(base) else ""

    def _is_same_origin(self, url: str) -> bool:
        """True if a URL from the server leads to the server itself: nothing is sent to other servers."""
        try:
            own, other = urlsplit(self.rest.address), urlsplit(url)
        except ValueError:
            return False
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)

    def place(self, namespace: Namespace | None = None, kind: str = "", name: str = "") -> str:
        """The path of all namespaces, of one namespace, of its tables or views, or of one table or view."""
        parts = [f"{self._prefix}/namespaces"]
        if namespace is not None:
            parts.append(UNIT_SEPARATOR.join(map(_segment, namespace)))
        if kind:
            parts.append(kind)
        if name:
            parts.append(_segment(name))
        return "/".join(parts)


def _segment(name: str) -> str:
    """A name in a path. The names `.` and `..` would be removed from the path (RFC 3986, 5.2.4)."""
    return name.replace(".", "%2E") if name in (".", "..") else quote(name, safe="")


@asynccontextmanager
async def open_client(settings: IcebergSettings) -> AsyncIterator[IcebergClient]:
    """A configured client of a catalogue; it is closed at the end of the block."""
    async with open_http(
        settings.rest.address, ca_bundle=settings.rest.ca_bundle, at_once=settings.rest.requests_at_once
    ) as http:
        client = IcebergClient(http, settings)
        try:
            await client.configure()
        except ForbiddenError as error:
            raise client.refused(error) from None
        yield client
