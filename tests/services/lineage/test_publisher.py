"""Catalogued lineage is sent as OpenLineage events, when it changes."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audit.foreign import leaves
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.openlineage.events import decode_event
from services.lineage.openlineage.naming import candidates
from services.lineage.publisher.connector import OpenLineagePublisher
from services.lineage.publisher.data_set_names import data_set_name
from services.metadata.changes import Batch, Change, Link
from services.metadata.mapping import to_put
from services.metadata.table_names import table_name
from services.metadata.types.files import CSVFile
from services.metadata.types.lineage import DeployedSoftwareComponent, Process
from services.metadata.types.relational import Database, RelationalTable
from services.secret import Secret
from services.testing.at_work import ConnectorAtWork, connector_at_work

VISITS, COSTS = (table_name("db:5432::hospital", "public", name) for name in ("visits", "costs"))
FILE = "CSVFile::/data/visits.csv"
CATALOGUED: list[Change] = [
    to_put(RelationalTable(qualified_name=VISITS)),
    to_put(
        RelationalTable(qualified_name=COSTS, description="What visits cost"),
        links=[Link("DataFlow", VISITS)],
        classifications={"CalculatedValue": {"formula": "SELECT cost FROM visits"}},
    ),
    to_put(CSVFile(qualified_name=FILE)),
    to_put(Process(qualified_name="load"), links=[Link("DataFlow", FILE), Link("DataFlow", VISITS, at_end1=False)]),
    to_put(DeployedSoftwareComponent(qualified_name="OpenLineageJob::etl::report"), links=[Link("DataFlow", COSTS)]),
]


class Receiver:
    """A receiver of events, whose answers a test decides."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.answers: list[int] = []
        """The status of the next answers; then 201."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.keys.add(self.headers["Authorization"])
                status = receiver.answers.pop(0) if receiver.answers else 201
                if status < 300:
                    decode_event(content)
                    receiver.events.append({"path": self.path, **msgspec.json.decode(content)})
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self) -> dict[str, dict[str, Any]]:
        """The events that have arrived, by job."""
        events, self.events = self.events, []
        return {each["job"]["name"]: each for each in events}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@asynccontextmanager
async def publisher(receiver: Receiver, directory: Path) -> AsyncIterator[ConnectorAtWork]:
    connection = Connection(endpoint=Endpoint(address=receiver.url), clear_password=Secret("env:LINEAGE_KEY"))
    synchronization = PermittedSynchronization.TO_THIRD_PARTY
    async with connector_at_work(
        OpenLineagePublisher, directory, connection=connection, permitted_synchronization=synchronization
    ) as at_work:
        yield at_work


async def others(at_work: ConnectorAtWork, *changes: Change) -> None:
    await at_work.store.apply(Batch(user="npa", metadata_source="another connector", changes=changes))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_KEY", "very-secret-key")


async def test_views_and_processes_are_sent_and_what_came_as_events_is_not(receiver: Receiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as at_work:
        await others(at_work, *CATALOGUED)
        await at_work.refresh()
        assert not any("very-secret-key" in each for each in at_work.messages)
    sent = receiver.take()
    assert sent.keys() == {"load", "hospital.public.costs"}
    assert receiver.keys == {"Bearer very-secret-key"}
    table = {"namespace": "postgres://db:5432", "name": "hospital.public.visits"}
    assert sent["load"]["inputs"] == [{"namespace": "file", "name": "/data/visits.csv"}]
    assert sent["load"]["outputs"] == sent["hospital.public.costs"]["inputs"] == [table]
    view = sent["hospital.public.costs"]
    assert (view["path"], view["job"]["namespace"]) == ("/api/v1/lineage", "postgres://db:5432")
    assert view["outputs"] == [{"namespace": "postgres://db:5432", "name": "hospital.public.costs"}]
    assert view["job"]["facets"]["sql"]["query"] == "SELECT cost FROM visits"
    assert view["job"]["facets"]["documentation"]["description"] == "What visits cost"


async def test_only_changes_are_sent_also_after_a_restart(receiver: Receiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as at_work:
        await others(at_work, *CATALOGUED)
        await at_work.refresh()
        assert len(receiver.take()) == 2
        await others(at_work, to_put(CSVFile(qualified_name="CSVFile::/data/more.csv")))
        await at_work.refresh()
        assert receiver.take() == {}
    async with publisher(receiver, tmp_path) as at_work:
        await at_work.refresh()
        assert receiver.take() == {}
        more = [Link("DataFlow", each) for each in (FILE, "CSVFile::/data/more.csv")]
        await others(at_work, to_put(Process(qualified_name="load"), links=more))
        await at_work.refresh()
        assert [len(each["inputs"]) for each in receiver.take().values()] == [2]


async def test_an_event_is_sent_again_if_the_receiver_asks_for_it(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers = [429, 503]
    async with publisher(receiver, tmp_path) as at_work:
        await others(at_work, *CATALOGUED)
        await at_work.refresh()
    assert len(receiver.take()) == 2


async def test_a_refused_event_is_named_and_harms_no_other(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers = [422]
    async with publisher(receiver, tmp_path) as at_work:
        await others(at_work, *CATALOGUED)
        await at_work.refresh()
        assert [each for each in at_work.messages if "was refused by" in each and "HTTP status 422" in each]
    assert len(receiver.take()) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, UserNotAuthorizedError), (500, ThirdPartyUnavailableError)])
async def test_what_could_not_be_sent_is_sent_later(
    receiver: Receiver, tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    receiver.answers = [status] * 2
    async with publisher(receiver, tmp_path) as at_work:
        await others(at_work, *CATALOGUED)
        with pytest.raises((kind, BaseExceptionGroup)) as failed:
            await at_work.refresh()
        assert all(isinstance(each, kind) for each in leaves(failed.value))
        receiver.answers = []
        await at_work.refresh()
    assert receiver.take().keys() == {"load", "hospital.public.costs"}


async def test_nothing_is_sent_unless_that_is_permitted(receiver: Receiver, tmp_path: Path) -> None:
    connection = Connection(endpoint=Endpoint(address=receiver.url))
    async with connector_at_work(OpenLineagePublisher, tmp_path, connection=connection) as at_work:
        await others(at_work, *CATALOGUED)
        with pytest.raises(UserNotAuthorizedError):
            await at_work.refresh()
    assert receiver.take() == {}


@pytest.mark.parametrize("address", ["", "ftp://host", "http://other.example.org", "https://u:p@host", "https://h?k=1"])
async def test_a_wrong_address_is_an_error_of_the_configuration(tmp_path: Path, address: str) -> None:
    connection = Connection(endpoint=Endpoint(address=address), clear_password=Secret("env:LINEAGE_KEY"))
    with pytest.raises(ConnectorConfigurationError):
        async with connector_at_work(OpenLineagePublisher, tmp_path, connection=connection):
            pass


async def test_a_name_that_is_sent_leads_back_to_its_element(receiver: Receiver, tmp_path: Path) -> None:
    names = [
        table_name("db:5432::hospital", "public", "a:b%"),
        table_name("db:3306", "hospital", "visits"),
        table_name("/srv/hospital.duckdb", "main", "visits"),
        table_name("/srv/hospital.sqlite", "main", "visits"),
        FILE,
        "FileFolder::/data",
    ]
    async with publisher(receiver, tmp_path) as at_work:
        databases = [
            to_put(
                Database(
                    qualified_name=f"Database::/srv/hospital.{each.lower()}",
                    deployed_implementation_type=f"{each} Database",
                )
            )
            for each in ("DuckDB", "SQLite")
        ]
        await others(at_work, *databases, *(to_put(CSVFile(qualified_name=each), source_key=each) for each in names))
        technologies = {
            each.qualified_name: each.properties["deployedImplementationType"]
            for each in await at_work.elements("Database")
        }
        for element in await at_work.elements("CSVFile"):
            assert element.qualified_name in candidates(*data_set_name(element, technologies))
