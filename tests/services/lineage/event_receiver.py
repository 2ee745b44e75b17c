"""A receiver of lineage events, and a publisher that sends to it what is catalogued."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.openlineage.events import decode_event
from services.lineage.publisher.connector import OpenLineagePublisher
from services.metadata.changes import Batch, Change, Link
from services.metadata.mapping import to_put
from services.metadata.table_names import table_name
from services.metadata.types.files import CSVFile
from services.metadata.types.lineage import DeployedSoftwareComponent, Process
from services.metadata.types.relational import RelationalTable
from services.secret import Secret
from services.testing.running import RunningConnector, running_connector

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


class EventReceiver:
    """A receiver of events, whose answers a test decides."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.keys: set[str | None] = set()
        self.paths: set[str] = set()
        self.answers: list[int] = []
        """The status of the next answers; then 201."""
        self.always = 0
        """The status of all answers, if not 0."""
        self.before_a_failure = 0
        """The number of events that arrive before a failure is answered: when it is, no other is under way."""
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.keys.add(self.headers["Authorization"])
                status = receiver.always or (receiver.answers.pop(0) if receiver.answers else 201)
                if status < 300:
                    decode_event(content)
                    receiver.paths.add(self.path)
                    with receiver._arrived:
                        receiver.contents.append(content)
                        receiver._arrived.notify_all()
                else:
                    with receiver._arrived:
                        receiver._arrived.wait_for(lambda: len(receiver.contents) >= receiver.before_a_failure, 60)
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self) -> list[bytes]:
        """The events that have arrived."""
        contents, self.contents = self.contents, []
        return contents

    def jobs(self) -> dict[str, dict[str, Any]]:
        """The job events that have arrived, by name; the others are passed over."""
        events = map(msgspec.json.decode, self.take())
        return {each["job"]["name"]: each for each in events if "job" in each}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventReceiver]:
    """A receiver, for which the publisher has a key."""
    monkeypatch.setenv("LINEAGE_KEY", "very-secret-key")
    found = EventReceiver()
    yield found
    found.close()


@asynccontextmanager
async def publisher(receiver: EventReceiver, directory: Path) -> AsyncIterator[RunningConnector]:
    connection = Connection(endpoint=Endpoint(address=receiver.url), clear_password=Secret("env:LINEAGE_KEY"))
    synchronization = PermittedSynchronization.TO_THIRD_PARTY
    async with running_connector(
        OpenLineagePublisher, directory, connection=connection, permitted_synchronization=synchronization
    ) as running:
        yield running


async def others(running: RunningConnector, *changes: Change) -> None:
    await running.store.apply(Batch(user="npa", metadata_source="another connector", changes=changes))
