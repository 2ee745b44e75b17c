"""Our connectors to catalogues pass the conformance suite that we publish."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from services.catalog.iceberg.iceberg_catalog import IcebergCatalog
from services.catalog.open_metadata.open_metadata_catalog import OpenMetadataCatalog
from services.catalog.unity.unity_catalog import UnityCatalog
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection
from services.metadata.changes import Remove
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile
from services.testing import ConnectorConformance
from tests.servers.metadata_platform import MetadataPlatform
from tests.servers.nessie import NessieServer
from tests.servers.unity import unity_server
from tests.services.conformance.connections import connection_to


class TestIcebergCatalog(ConnectorConformance):
    """The connector at a Nessie server, in both directions."""

    connector_class = IcebergCatalog
    sends = True
    unavailable_errors = (ThirdPartyUnavailableError, ConnectorConfigurationError)
    """A catalogue that was deleted is a wrong address."""

    @pytest.fixture(autouse=True)
    def _at_a_server(self, nessie: NessieServer) -> None:
        self.server = nessie

    def connection(self) -> Connection:
        return connection_to(self.catalogue.address, requestsAtOnce=2)

    def make_third_party(self) -> None:
        self.catalogue = self.server.new_catalogue()
        self.catalogue.create_namespace("hospital")
        for name in ("ward", "patient"):
            self.catalogue.create_table(f"hospital.{name}")

    def change(self) -> None:
        self.catalogue.set("hospital.patient", comment="Everyone who was here")

    def remove_one(self) -> None:
        self.catalogue.drop_table("hospital.ward")

    def make_unavailable(self) -> None:
        """Delete the whole catalogue."""
        self.catalogue.delete()

    def wrong_connections(self) -> Sequence[Connection]:
        settings: list[dict[str, Any]] = [{"requestsAtOnce": 0}, {"includeTables": 7}, {"caBundle": "/nowhere"}]
        address = self.connection().address
        addresses = ("thrift://metastore:9083", "http://user@127.0.0.1/iceberg")
        return [
            Connection(),
            *(connection_to(each) for each in addresses),
            *(connection_to(address, **each) for each in settings),
        ]


class TestUnityCatalog(ConnectorConformance):
    """The connector at a stand-in for a Unity Catalog server, in both directions."""

    connector_class = UnityCatalog
    sends = True

    @pytest.fixture(autouse=True)
    def _at_a_server(self) -> Iterator[None]:
        with ExitStack() as self.servers:
            yield

    def connection(self) -> Connection:
        return connection_to(self.server.url, requestsAtOnce=2)

    def make_third_party(self) -> None:
        self.server = self.servers.enter_context(unity_server())
        self.server.add("catalogs", "main")
        self.server.add("schemas", "main.hospital")
        for name in ("ward", "patient"):
            self.server.add("tables", f"main.hospital.{name}")

    def change(self) -> None:
        self.server.change("tables", "main.hospital.patient", comment="Everyone who was here")

    def remove_one(self) -> None:
        self.server.drop("tables", "main.hospital.ward")

    def make_unavailable(self) -> None:
        """Have the server answer nothing but errors."""
        self.server.spoil = lambda method, path, answer: b""

    def wrong_connections(self) -> Sequence[Connection]:
        settings: list[dict[str, Any]] = [{"requestsAtOnce": 0}, {"includeTableNames": 7}, {"sendSchemas": "*"}]
        addresses = ("jdbc:unity", "http://user@127.0.0.1:8080")
        return [
            Connection(),
            *(connection_to(each) for each in addresses),
            *(connection_to(self.server.url, **each) for each in settings),
        ]


class TestOpenMetadataCatalog(ConnectorConformance):
    """The connector at a metadata server of this program."""

    connector_class = OpenMetadataCatalog

    @pytest.fixture(autouse=True)
    def _at_a_platform(self, other_platform: MetadataPlatform) -> None:
        self.platform = other_platform

    def connection(self) -> Connection:
        return connection_to(self.platform.url, serverName=self.server, includeSources="Landing")

    def make_third_party(self) -> None:
        self.server = self.platform.new_server()
        self._put("/a", "/b", "/c")

    def change(self) -> None:
        self._put("/d")

    def remove_one(self) -> None:
        self.platform.apply(self.server, Remove(source_key="/b"))

    def make_unavailable(self) -> None:
        """Stop the metadata server."""
        self.platform.stop_server(self.server)

    def wrong_connections(self) -> Sequence[Connection]:
        settings: list[dict[str, Any]] = [{}, {"serverName": "x", "includeTypes": "Nothing"}]
        return [Connection(), connection_to("x"), *(connection_to(self.platform.url, **each) for each in settings)]

    def _put(self, *paths: str) -> None:
        files = (CSVFile(qualified_name=f"CSVFile::{path}", path_name=path) for path in paths)
        self.platform.apply(self.server, *(to_put(each, source_key=str(each.path_name)) for each in files))
