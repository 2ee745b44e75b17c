"""What a database monitor does with every technology: the same elements of the same database, kept in step."""

from pathlib import Path

import pytest

from tests.services.database.monitors import (
    Hospital,
    everything,
    in_duckdb,
    in_mariadb,
    in_postgres,
    in_sqlite,
    monitored,
    related,
)


@pytest.fixture(params=["postgres", "mariadb", "sqlite", "duckdb"])
def hospital(request: pytest.FixtureRequest, tmp_path: Path) -> Hospital:
    if request.param == "postgres":
        return in_postgres(request.getfixturevalue("postgres"), tmp_path)
    if request.param == "mariadb":
        return in_mariadb(request.getfixturevalue("mariadb"), tmp_path)
    return {"sqlite": in_sqlite, "duckdb": in_duckdb}[request.param](tmp_path)


async def test_tables_views_columns_and_keys_are_catalogued(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()

        (database,) = (await everything(around, "Database")).values()
        assert database.properties["deployedImplementationType"].endswith("Database")
        schemas = await everything(around, "DeployedDatabaseSchema")
        assert [each.properties["displayName"] for each in schemas.values()] == [hospital.schema]

        tables = await everything(around, "RelationalTable")
        assert {each.properties["displayName"] for each in tables.values()} == {"ward", "patient", "crowded"}
        view = tables[f"{hospital.schema}::crowded"]
        assert "group by" in view.classifications["CalculatedValue"]["formula"].lower()
        assert view.properties["additionalProperties"]["tableType"] == "view"
        patient = tables[f"{hospital.schema}::patient"].properties["additionalProperties"]
        assert "born" in patient["index.patient_by_birth"]

        columns = await everything(around, "RelationalColumn")
        assert set(columns) == {
            "ward::id", "ward::name", "ward::beds", "patient::id", "patient::ward_id", "patient::born",
            "crowded::name", "crowded::patients",
        }  # fmt: skip
        assert [columns[f"ward::{name}"].properties["elementPosition"] for name in ("id", "name", "beds")] == [0, 1, 2]
        assert "PrimaryKey" in columns["ward::id"].classifications
        assert columns["ward::name"].properties["isNullable"] is False
        assert columns["ward::name"].properties["allowsDuplicateValues"] is False
        assert columns["patient::born"].properties["isNullable"] is True
        assert columns["ward::beds"].properties["defaultValueOverride"].startswith("0")
        assert columns["patient::born"].properties["dataType"].lower() == "date"
        assert await related(around, "ForeignKey") == {("ward::id", "patient::ward_id")}
        crowded = f"{hospital.schema}::crowded"
        assert await related(around, "DataFlow") == {
            (f"{hospital.schema}::ward", crowded),
            (f"{hospital.schema}::patient", crowded),
        }


async def test_an_unchanged_database_writes_nothing(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        last = (await around.store.changes(0, 1000)).last
        await monitor.refresh()
        assert (await around.store.changes(last, 1000)).changes == []


async def test_what_changes_is_followed(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        before = await everything(around, "RelationalColumn")
        hospital.execute(
            "DROP VIEW crowded",
            "DROP INDEX patient_by_birth" + (" ON patient" if "mariadb" in hospital.address else ""),
            "ALTER TABLE patient ADD COLUMN nickname VARCHAR(20)",
            "ALTER TABLE patient DROP COLUMN born",
            "CREATE TABLE visit (id INTEGER PRIMARY KEY)",
        )
        await monitor.refresh()

        tables = await everything(around, "RelationalTable")
        assert {each.properties["displayName"] for each in tables.values()} == {"ward", "patient", "visit"}
        after = await everything(around, "RelationalColumn")
        assert {name for name in after if name.startswith("patient")} == {
            "patient::id", "patient::ward_id", "patient::nickname",
        }  # fmt: skip
        assert after["patient::ward_id"].guid == before["patient::ward_id"].guid
        assert after["ward::id"].version == before["ward::id"].version
        assert await related(around, "ForeignKey") == {("ward::id", "patient::ward_id")}


async def test_schemas_and_tables_are_chosen_by_patterns(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address, includeTables=["*.*ar*", "*.patient"], excludeTables="*.w*") as (
        monitor,
        around,
    ):
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {f"{hospital.schema}::patient"}
        assert await related(around, "ForeignKey") == set()
    async with monitored(tmp_path, hospital.address, includeTables="*.ward,*.patient") as (monitor, around):
        await monitor.refresh()
        assert len(await everything(around, "RelationalTable")) == 2
        assert await related(around, "ForeignKey") == {("ward::id", "patient::ward_id")}
    async with monitored(tmp_path, hospital.address, excludeSchemas=hospital.schema) as (monitor, around):
        assert "0 tables in 0 schemas" in await monitor.look()


async def test_it_says_what_it_can_see(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address) as (monitor, _):
        assert "3 tables in 1 schema" in await monitor.look()
