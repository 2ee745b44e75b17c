"""`services.testing`: a connector at work without a daemon."""

import threading
from pathlib import Path
from typing import ClassVar

import pytest
import trio

from services.errors import InvalidParameterError
from services.files.context import FilesIntegratorContext
from services.files.service import FilesIntegratorConnector
from services.framework.connection import Connection, Endpoint
from services.framework.connector import ConnectorProvider
from services.metadata.mapping import to_put
from services.metadata.removal import DeletionSafety
from services.metadata.types.files import Document
from services.security.context import SecurityIntegratorContext
from services.security.service import SecurityIntegratorConnector
from services.testing import running_connector

PROVIDER = ConnectorProvider(description="for tests")


class Shelf(FilesIntegratorConnector):
    """A connector that catalogues the names in a class attribute."""

    provider = PROVIDER
    names: ClassVar[list[str]] = []

    def initialize(self) -> None:
        self.calls = ["initialize"]

    async def start(self) -> None:
        self.calls.append(f"start with {self.context.setting('greeting')} at {self.connection.address}")
        self.context.listen(self.follow)

    async def follow(self) -> None:
        self.context.ask_for_refresh()
        await trio.sleep_forever()

    def refresh(self) -> None:
        self.calls.append("refresh" if threading.current_thread() is threading.main_thread() else "refresh on a thread")
        with self.context.reconcile(scope="") as catalog:
            catalog.put([to_put(Document(qualified_name=name)) for name in self.names])

    async def disconnect(self) -> None:
        self.calls.append("disconnect")


async def test_a_running_connector_is_called_as_by_the_daemon(tmp_path: Path) -> None:
    connection = Connection(endpoint=Endpoint(address="there"), configuration_properties={"greeting": "hello"})
    Shelf.names = ["a", "b"]
    async with running_connector(Shelf, tmp_path, connection=connection) as running:
        await running.refresh_requested.wait()
        assert (await running.refresh()).created == 2
        assert isinstance(running.connector.context, FilesIntegratorContext)
    shelf = running.connector
    assert isinstance(shelf, Shelf)
    assert shelf.calls == ["initialize", "start with hello at there", "refresh on a thread", "disconnect"]
    with pytest.raises(InvalidParameterError, match="after its run number 1 had ended"):
        await running.elements()


async def test_the_next_connector_finds_earlier_elements_and_large_deletions_are_held(tmp_path: Path) -> None:
    Shelf.names = [f"name {number}" for number in range(40)]
    async with running_connector(Shelf, tmp_path) as running:
        assert (await running.refresh()).created == 40
    Shelf.names = Shelf.names[:4]
    async with running_connector(Shelf, tmp_path) as running:
        assert (await running.refresh()).removed == 0
        assert [each.count for each in running.held] == [36]
    async with running_connector(Shelf, tmp_path, safety=DeletionSafety(percent=100)) as running:
        assert (await running.refresh()).removed == 36
        assert running.held == []
        assert [each.qualified_name for each in await running.elements("Document")] == Shelf.names
        assert len(await running.elements("Document", archived=True)) == 40


class Wrong(SecurityIntegratorConnector):
    """A connector that fails in one of its methods."""

    provider = PROVIDER
    fails_in = ""

    async def start(self) -> None:
        assert isinstance(self.context, SecurityIntegratorContext)
        if self.fails_in == "start":
            raise LookupError("start")

    async def refresh(self) -> None:
        raise LookupError("refresh")


class WrongAtStart(Wrong):
    """A connector that fails in `start`."""

    fails_in = "start"


async def test_a_test_receives_the_exception_that_a_method_raised(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="start"):
        async with running_connector(WrongAtStart, tmp_path):
            pass
    with pytest.raises(LookupError, match="refresh"):
        async with running_connector(Wrong, tmp_path) as running:
            await running.refresh()
