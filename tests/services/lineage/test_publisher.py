"""Catalogued lineage is sent as OpenLineage events, when it changes."""

import socket
from pathlib import Path

import httpx2
import pytest

from audit.foreign import leaves
from audit.masking import masked_text
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.openlineage.naming import candidates
from services.lineage.publisher import receiver as sending
from services.lineage.publisher.connector import OpenLineagePublisher
from services.lineage.publisher.data_set_names import data_set_name
from services.metadata.changes import Link, Remove
from services.metadata.mapping import to_put
from services.metadata.table_names import table_name
from services.metadata.types.files import CSVFile
from services.metadata.types.lineage import Process
from services.metadata.types.relational import Database
from services.secret import Secret
from services.testing.running import running_connector
from tests.services.lineage.event_receiver import (
    CATALOGUED,
    COSTS,
    FILE,
    VISITS,
    EventReceiver,
    others,
    publisher,
    receiver,
)

__all__ = ["receiver"]  # a fixture


async def test_views_and_processes_are_sent_and_what_came_as_events_is_not(
    receiver: EventReceiver, tmp_path: Path
) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        assert not any("very-secret-key" in each for each in running.messages)
    sent = receiver.jobs()
    assert sent.keys() == {"load", "hospital.public.costs"}
    assert receiver.keys == {"Bearer very-secret-key"}
    table = {"namespace": "postgres://db:5432", "name": "hospital.public.visits"}
    assert sent["load"]["inputs"] == [{"namespace": "file", "name": "/data/visits.csv"}]
    assert sent["load"]["outputs"] == sent["hospital.public.costs"]["inputs"] == [table]
    view = sent["hospital.public.costs"]
    assert (receiver.paths, view["job"]["namespace"]) == ({"/api/v1/lineage"}, "postgres://db:5432")
    assert view["outputs"] == [{"namespace": "postgres://db:5432", "name": "hospital.public.costs"}]
    assert view["job"]["facets"]["sql"]["query"] == "SELECT cost FROM visits"
    assert view["job"]["facets"]["documentation"]["description"] == "What visits cost"


async def test_only_changes_are_sent_also_after_a_restart(receiver: EventReceiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        assert len(receiver.jobs()) == 2
        await others(running, to_put(CSVFile(qualified_name="CSVFile::/data/more.csv")))
        await running.refresh()
        assert receiver.jobs() == {}
    async with publisher(receiver, tmp_path) as running:
        await running.refresh()
        assert receiver.jobs() == {}
        more = [Link("DataFlow", each) for each in (FILE, "CSVFile::/data/more.csv")]
        await others(running, to_put(Process(qualified_name="load"), links=more))
        await running.refresh()
        assert [len(each["inputs"]) for each in receiver.jobs().values()] == [2]


async def test_an_event_is_sent_again_if_the_receiver_asks_for_it(receiver: EventReceiver, tmp_path: Path) -> None:
    receiver.answers = [429, 503]
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
    assert len(receiver.jobs()) == 2


async def test_a_refused_event_is_named_and_harms_no_other(receiver: EventReceiver, tmp_path: Path) -> None:
    receiver.answers = [422]
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        assert [each for each in running.messages if "was refused by" in each and "HTTP status 422" in each]
    assert len(receiver.take()) == 4


@pytest.mark.parametrize(("status", "kind"), [(401, UserNotAuthorizedError), (500, ThirdPartyUnavailableError)])
async def test_what_could_not_be_sent_is_sent_later(
    receiver: EventReceiver, tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    receiver.answers = [status] * 2
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        with pytest.raises((kind, BaseExceptionGroup)) as failed:
            await running.refresh()
        assert all(isinstance(each, kind) for each in leaves(failed.value))
        assert all(masked_text(str(each)) == str(each) for each in leaves(failed.value))
        receiver.answers = []
        await running.refresh()
    assert receiver.jobs().keys() == {"load", "hospital.public.costs"}


async def test_a_receiver_that_does_not_answer_in_time_is_reported_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUTS", httpx2.Timeout(0.01))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = Connection(endpoint=Endpoint(address=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        synchronization = PermittedSynchronization.TO_THIRD_PARTY
        async with running_connector(
            OpenLineagePublisher, tmp_path, connection=connection, permitted_synchronization=synchronization
        ) as running:
            await others(running, *CATALOGUED)
            with pytest.raises((ThirdPartyUnavailableError, BaseExceptionGroup)) as failed:
                await running.refresh()
    assert all("timed out" in str(each) for each in leaves(failed.value))


async def test_what_arrived_before_a_failure_is_taken_back_when_it_is_gone(
    receiver: EventReceiver, tmp_path: Path
) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        receiver.answers, receiver.before_a_failure = [201] * 4 + [500], 4
        with pytest.RaisesGroup(ThirdPartyUnavailableError, allow_unwrapped=True, flatten_subgroups=True):
            await running.refresh()
        before = receiver.jobs()
        await others(running, Remove(source_key="load"), *(Remove(source_key=each) for each in (VISITS, COSTS)))
        await running.refresh()
        jobs = receiver.jobs()
        assert before  # at least one of the two: one event was not accepted
        assert jobs.keys() == {"load", "hospital.public.costs"} >= before.keys()
        assert {(*each["inputs"], *each["outputs"]) for each in jobs.values()} == {()}


async def test_nothing_is_sent_unless_that_is_permitted(receiver: EventReceiver, tmp_path: Path) -> None:
    connection = Connection(endpoint=Endpoint(address=receiver.url))
    async with running_connector(OpenLineagePublisher, tmp_path, connection=connection) as running:
        await others(running, *CATALOGUED)
        with pytest.raises(UserNotAuthorizedError):
            await running.refresh()
    assert receiver.jobs() == {}


@pytest.mark.parametrize("address", ["", "ftp://host", "http://other.example.org", "https://u:p@host", "https://h?k=1"])
async def test_a_wrong_address_is_an_error_of_the_configuration(tmp_path: Path, address: str) -> None:
    connection = Connection(endpoint=Endpoint(address=address), clear_password=Secret("env:LINEAGE_KEY"))
    with pytest.raises(ConnectorConfigurationError):
        async with running_connector(OpenLineagePublisher, tmp_path, connection=connection):
            pass


async def test_a_name_that_is_sent_leads_back_to_its_element(receiver: EventReceiver, tmp_path: Path) -> None:
    names = [
        table_name("db:5432::hospital", "public", "a:b%"),
        table_name("db:3306", "hospital", "visits"),
        table_name("/srv/hospital.duckdb", "main", "visits"),
        table_name("/srv/hospital.sqlite", "main", "visits"),
        FILE,
        "FileFolder::/data",
    ]
    async with publisher(receiver, tmp_path) as running:
        databases = [
            to_put(
                Database(
                    qualified_name=f"Database::/srv/hospital.{each.lower()}",
                    deployed_implementation_type=f"{each} Database",
                )
            )
            for each in ("DuckDB", "SQLite")
        ]
        await others(running, *databases, *(to_put(CSVFile(qualified_name=each), source_key=each) for each in names))
        technologies = {
            each.qualified_name: each.properties["deployedImplementationType"]
            for each in await running.elements("Database")
        }
        for element in await running.elements("CSVFile"):
            assert element.qualified_name in candidates(*data_set_name(element, technologies))
