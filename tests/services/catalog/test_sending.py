"""Elements of other sources are created in an Iceberg catalogue, and kept as open metadata has them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from services.catalog.synchronization.sql_types import iceberg_type
from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.framework.dry_run import dry_run
from services.metadata.changes import Batch
from services.metadata.mapping import to_put
from services.metadata.types.relational import DeployedDatabaseSchema
from services.testing import running_connector
from services.testing.running import RunningConnector
from tests.servers.between import Answer, Between, between
from tests.servers.nessie import Catalogue, NessieServer
from tests.services.catalog.iceberg_catalogues import BOTH, TO, running

SCHEMA = "DeployedDatabaseSchema::*hospital.sqlite::main"


@pytest.fixture
def catalogue(nessie: NessieServer) -> Catalogue:
    """An empty catalogue."""
    return nessie.new_catalogue()


@pytest.fixture
def before(catalogue: Catalogue) -> Iterator[Between]:
    """A server before that catalogue."""
    with between(catalogue.address) as server:
        yield server


async def database(directory: Path, *statements: str) -> None:
    """Change a database, and catalogue it in the store of this directory."""
    path = directory / "hospital.sqlite"
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    source = Connection(endpoint=Endpoint(address=f"sqlite://{path}"))
    async with running_connector(DatabaseMonitor, directory, connection=source, metadata_source="Hospital") as monitor:
        await monitor.refresh()


WARD = "CREATE TABLE ward (id BIGINT NOT NULL, name VARCHAR(40), beds DECIMAL(5, 1), opened DATE)"


def columns(catalogue: Catalogue, name: str) -> dict[str, Any]:
    table = catalogue.table(name)
    (schema,) = [each for each in table["schemas"] if each["schema-id"] == table["current-schema-id"]]
    return {each["name"]: each["type"] for each in schema["fields"]}


async def test_a_schema_of_another_source_is_created_with_its_tables(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    await database(tmp_path, WARD, "CREATE TABLE patient (id INTEGER)", "CREATE VIEW beds AS SELECT beds FROM ward")
    async with running(before.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        await sender.refresh()
        assert catalogue.listed() == {"namespaces": ["main"], "tables": ["main.patient", "main.ward"], "views": []}
        assert columns(catalogue, "main.ward") == {
            "id": "long",
            "name": "string",
            "beds": "decimal(5, 1)",
            "opened": "date",
        }
        assert catalogue.properties("main.ward")["open-metadata.qualifiedName"].startswith("RelationalTable::")
        assert catalogue.properties("main.ward")["tableType"] == "table"
        before.requests.clear()
        await sender.refresh()
        assert before.count("^POST") == 0


async def test_local_changes_are_sent_and_remote_changes_are_reverted_once(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    await database(tmp_path, WARD)
    async with running(catalogue.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        await sender.refresh()
    catalogue.set("main.ward", tableType="theirs", owner="erin")
    ids = {each["name"]: each["id"] for each in catalogue.table("main.ward")["schemas"][-1]["fields"]}
    async with running(catalogue.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        for _ in range(2):
            await sender.refresh()
        (told,) = [each for each in sender.messages if "changed on both sides" in each]
        assert "'theirs' at the catalogue" in told
        assert told.endswith("since open metadata owns the element")
        kept = catalogue.properties("main.ward")
        assert (kept["tableType"], kept["owner"]) == ("table", "erin")
    await database(tmp_path, "ALTER TABLE ward ADD COLUMN floor INTEGER", "ALTER TABLE ward DROP COLUMN opened")
    async with running(catalogue.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        await sender.refresh()
        assert not [each for each in sender.messages if "refuses a change" in each]
    fields = catalogue.table("main.ward")["schemas"][-1]["fields"]
    assert [each["name"] for each in fields] == ["id", "name", "beds", "floor"]
    assert all(ids.get(each["name"], 5) == each["id"] for each in fields)


async def test_a_property_that_was_added_there_is_kept_whatever_the_names_of_the_sent_ones(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    name = "DeployedDatabaseSchema::lab"
    schema = DeployedDatabaseSchema(qualified_name=name, display_name="lab", additional_properties={"a,b%2C": "sent"})
    async with running(catalogue.address, tmp_path, TO, sendSchemas=name) as sender:
        await sender.store.apply(Batch(user="npa", metadata_source="Lab", changes=[to_put(schema)]))
        await sender.refresh()
        catalogue.set_namespace("lab", a="added", b="added")
        await sender.refresh()
        assert catalogue.namespace_properties("lab").items() >= {"a,b%2C": "sent", "a": "added", "b": "added"}.items()
        changed = msgspec.structs.replace(schema, additional_properties={})
        await sender.store.apply(Batch(user="npa", metadata_source="Lab", changes=[to_put(changed)]))
        await sender.refresh()
        assert catalogue.namespace_properties("lab").keys() & {"a,b%2C", "a", "b"} == {"a", "b"}


async def test_in_both_directions_what_was_sent_does_not_come_back(catalogue: Catalogue, tmp_path: Path) -> None:
    await database(tmp_path, WARD)
    catalogue.create_namespace("lab")
    catalogue.create_table("lab.sample")
    async with running(catalogue.address, tmp_path, BOTH, sendSchemas=SCHEMA) as both:
        for _ in range(2):
            await both.refresh()
        tables = await both.elements("RelationalTable")
        assert sorted(each.qualified_name.rpartition("::")[2] for each in tables) == ["sample", "ward"]
        (ward,) = [each for each in tables if each.metadata_source == "Hospital"]
        links = await both.store.relationships([ward.guid], type_name="ExternalIdLink")
        (identifier,) = await both.store.get([each.end2_guid for each in links])
        assert identifier.properties["identifier"] == "namespaces/main/tables/ward"


async def test_a_remote_object_that_was_not_sent_is_not_changed(catalogue: Catalogue, tmp_path: Path) -> None:
    await database(tmp_path, WARD)
    catalogue.create_namespace("main", owner="erin")
    async with running(catalogue.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        await sender.refresh()
        assert any("was not created for this element" in each for each in sender.messages)
    assert catalogue.listed()["tables"] == []
    assert "comment" not in catalogue.namespace_properties("main")


async def test_sending_that_breaks_off_is_completed(before: Between, catalogue: Catalogue, tmp_path: Path) -> None:
    await database(tmp_path, WARD, "CREATE TABLE patient (id INTEGER)")

    def lose_answers(method: str, path: str, answer: Answer) -> Answer:
        return Answer(503, b"", {}) if method == "POST" and path.endswith("/tables") else answer

    before.spoil = lose_answers
    async with running(before.address, tmp_path, TO, sendSchemas=SCHEMA, requestsAtOnce=1) as sender:
        with pytest.RaisesGroup(Exception, allow_unwrapped=True, flatten_subgroups=True):
            await sender.refresh()
    assert len(catalogue.listed()["tables"]) == 1
    before.spoil = lambda method, path, answer: answer
    async with running(before.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        await sender.refresh()
    assert len(catalogue.listed()["tables"]) == 2


async def test_a_dry_run_tells_what_would_be_sent(catalogue: Catalogue, tmp_path: Path) -> None:
    await database(tmp_path, WARD)
    async with running(catalogue.address, tmp_path, TO, sendSchemas=SCHEMA) as sender:
        assert await supposed(sender) == ["main", "main::ward"]
    assert catalogue.listed()["namespaces"] == []


async def supposed(sender: RunningConnector) -> list[str]:
    with dry_run() as run:
        await sender.refresh()
    return [each.partition("hospital.sqlite::")[2] for each in run.changes.sent]


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("INTEGER", "int"),
        ("bigint unsigned", "long"),
        ("character varying(40)", "string"),
        ("numeric(9, 2)", "decimal(9, 2)"),
        ("numeric(9)", "decimal(9, 0)"),
        ("numeric(50, 2)", "string"),
        ("numeric", "decimal(38, 9)"),
        ("timestamp(3) with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("double precision", "double"),
        ("bytea", "binary"),
        ("int4range", "string"),
        ("", "string"),
    ],
)
def test_types_of_databases_become_the_closest_types_of_iceberg(data_type: str, expected: str) -> None:
    assert iceberg_type(data_type) == expected
