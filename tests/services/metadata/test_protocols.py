"""The protocol of a metadata server is detected at the server, or set in the configuration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from audit.log import AuditLog, Buffer, Component
from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.serving import serve
from integration_daemon.supervision.recovery.failure import FailureKind, failure_from
from services.errors import (
    MetadataServerNotRunningError,
    MetadataServerNotUnderstoodError,
    MetadataServerUnavailableError,
)
from services.metadata.changes import Query
from services.metadata.element import MetadataSource
from services.metadata.remote import open_remote_store
from services.metadata.remote.answers import Counterpart
from services.metadata.server_protocol import MetadataServerProtocol
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, open_app
from tests.servers.egeria.server import egeria_server


class Listened:
    """An audit log, and what was said in it."""

    def __init__(self) -> None:
        self._buffer = Buffer(100)
        self.log = AuditLog(self._buffer, Component(component_id=1, component_name="test"))

    @property
    def said(self) -> list[str]:
        return [entry.message.render(entry.parameters) for entry in self._buffer.entries]


@asynccontextmanager
async def our_server(directory: Path) -> AsyncIterator[str]:
    platform, stop = Platform(PlatformSettings(data_directory=directory)), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        http = partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=None, stop=stop)
        url: str = await nursery.start(http)
        await platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        yield url
        await platform.stop_all()
        stop.set()


async def test_a_server_of_this_program_is_recognized_and_recorded_in_the_audit_log(tmp_path: Path) -> None:
    listened = Listened()
    async with (
        our_server(tmp_path) as url,
        open_remote_store(url, "cocoMDS1", "npa", log=listened.log) as store,
    ):
        for number in range(3):
            assert await store.register_source(MetadataSource(f"source {number}"), user="npa")
    assert listened.said == [
        f"The metadata server cocoMDS1 on platform {url} is one of Integration Daemon; the protocol is BATCHES"
    ]


async def test_a_server_of_egeria_4_is_recognised_and_asked_again_after_an_outage() -> None:
    listened = Listened()
    async with (
        egeria_server() as server,
        open_remote_store(server.url, "cocoMDS1", "npa", log=listened.log) as store,
    ):
        assert await store.register_source(MetadataSource("source"), user="npa")
        assert await store.find(Query(type_name="DataFile")) == []
        with server.broken(502), pytest.raises(MetadataServerUnavailableError):
            await store.find(Query())
        server.restart()  # with nothing in it
        assert len(await store.find(Query())) == 0
    said = (
        f"The metadata server cocoMDS1 on platform {server.url} is one of Egeria 4.3-SNAPSHOT; the protocol is EGERIA_4"
    )
    assert listened.said == [said, said]


async def test_a_server_that_does_not_run_on_an_egeria_platform_is_unavailable() -> None:
    async with egeria_server() as server, open_remote_store(server.url, "nobody", "npa") as store:
        with pytest.raises(MetadataServerNotRunningError, match="OMAG-MULTI-TENANT-404-001 The OMAG Server nobody"):
            await store.find(Query())


async def test_a_server_of_another_type_is_a_matter_of_configuration() -> None:
    content = (
        b'{"class": "VoidResponse", "relatedHTTPCode": 404, "exceptionErrorMessageId": "OMAG-MULTI-TENANT-404-002", '
        b'"exceptionClassName": "org.odpi.openmetadata.frameworks.connectors.ffdc.PropertyServerException", '
        b'"exceptionErrorMessage": "OMAG-MULTI-TENANT-404-002 The Open Metadata Store service is not available"}'
    )
    with pytest.raises(MetadataServerNotUnderstoodError, match=r"^OMAG-MULTI-TENANT-404-002 The Open") as caught:
        Counterpart("http://localhost", "exchangeDL01").raise_if_error(content, "npa")
    assert failure_from(caught.value, "refresh").kind is FailureKind.CONFIGURATION


async def test_an_unsupported_generation_of_egeria_is_a_configuration_error() -> None:
    async with egeria_server() as server, open_remote_store(server.url, "cocoMDS1", "npa") as store:
        server.origin = "Egeria OMAG Server Platform (version 3.15)\n"
        with pytest.raises(MetadataServerNotUnderstoodError, match=r"is one of Egeria 3\.15, whose protocol") as caught:
            await store.find(Query())
    failure = failure_from(caught.value, "refresh")
    assert failure.kind is FailureKind.CONFIGURATION
    assert failure.user_action == "Name a metadata server of this program or of Egeria 4, 5 or 6."


@pytest.mark.parametrize("origin", ["<html>Welcome</html>", "", '{"class": "StringResponse", "resultString": "Other"}'])
async def test_another_kind_of_server_is_a_configuration_error(origin: str) -> None:
    async with egeria_server() as server, open_remote_store(server.url, "cocoMDS1", "npa") as store:
        server.origin = origin
        with pytest.raises(MetadataServerNotUnderstoodError, match="does not say that it is a platform") as caught:
            await store.find(Query())
    failure = failure_from(caught.value, "refresh")
    assert failure.kind is FailureKind.CONFIGURATION
    assert "metadataServerProtocol" in failure.user_action


async def test_a_failing_platform_is_unavailable_and_asked_again() -> None:
    async with egeria_server() as server, open_remote_store(server.url, "cocoMDS1", "npa") as store:
        with server.broken(502), pytest.raises(MetadataServerUnavailableError):
            await store.find(Query())
        server.origin = "Egeria OMAG Server Platform (version 3.15)\n"
        with pytest.raises(MetadataServerNotUnderstoodError):
            await store.find(Query())


async def test_the_configuration_may_set_the_protocol() -> None:
    async with (
        egeria_server() as server,
        open_remote_store(server.url, "cocoMDS1", "npa", protocol=MetadataServerProtocol.BATCHES) as store,
    ):
        with pytest.raises(MetadataServerNotUnderstoodError, match="HTTP status 404"):
            await store.find(Query())
    assert [path for _, path in server.seen] == [
        "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/npa/batch/find"
    ]
