"""The database monitor catalogues the same elements for the same database in every technology, and follows changes."""

from pathlib import Path
from typing import Any

import pytest

from services.metadata.removal import DeletionSafety
from tests.servers.postgres import PostgresServer
from tests.services.database.monitors import (
    Hospital,
    everything,
    in_duckdb,
    in_mariadb,
    in_postgres,
    in_sqlite,
    monitored,
    related,
    written_again,
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
        assert await written_again(monitor, around) == []


async def test_changes_of_a_database_are_followed(hospital: Hospital, tmp_path: Path) -> None:
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
    settings: dict[str, Any] = {"includeTables": ["*.*ar*", "*.patient"], "excludeTables": "*.w*"}
    async with monitored(tmp_path, hospital.address, **settings) as (
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
        assert "0 tables in 0 schemas" in await monitor.probe()


async def test_a_probe_counts_the_visible_tables(hospital: Hospital, tmp_path: Path) -> None:
    async with monitored(tmp_path, hospital.address) as (monitor, _):
        assert "3 tables in 1 schema" in await monitor.probe()


DETAILS = {
    "postgresql": (
        "CREATE TABLE detail (id bigint GENERATED ALWAYS AS IDENTITY, price numeric(12, 3), code char(7), bits bit(5),"
        " doubled numeric GENERATED ALWAYS AS (price * 2) STORED, tags text[], UNIQUE (code, price))",
        "COMMENT ON TABLE detail IS 'what it costs'",
        "COMMENT ON COLUMN detail.price IS 'in euros; 100 % sure'",
        "INSERT INTO detail (price) SELECT x FROM generate_series(1, 1234) x",
        "ANALYZE detail",
        "CREATE MATERIALIZED VIEW dear AS SELECT * FROM detail WHERE price > 100",
    ),
    "mariadb": (
        "CREATE TABLE detail (id bigint AUTO_INCREMENT PRIMARY KEY,"
        " price numeric(12, 3) COMMENT 'in euros; 100 % sure', code char(7),"
        " doubled numeric(13, 3) AS (price * 2) STORED, UNIQUE both_of (code, price)) COMMENT 'what it costs'",
    ),
    "sqlite": (
        "CREATE TABLE detail (id INTEGER PRIMARY KEY, price NUMERIC(12, 3), code CHAR(7),"
        " doubled AS (price * 2) STORED, UNIQUE (code, price))",
    ),
    "duckdb": (
        "CREATE TABLE detail (id BIGINT, price DECIMAL(12, 3), code VARCHAR, UNIQUE (code, price))",
        "COMMENT ON TABLE detail IS 'what it costs'",
        "COMMENT ON COLUMN detail.price IS 'in euros; 100 % sure'",
    ),
}


async def test_descriptions_and_further_details_are_catalogued(hospital: Hospital, tmp_path: Path) -> None:
    technology = hospital.address.partition(":")[0]
    hospital.execute(*DETAILS[technology])
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        table = (await everything(around, "RelationalTable"))[f"{hospital.schema}::detail"].properties
        columns = await everything(around, "RelationalColumn")
        price, further = columns["detail::price"].properties, table["additionalProperties"]
        unique = [value for name, value in further.items() if name.startswith("uniqueKey.")]
        assert unique == ["code, price"]
        assert "allowsDuplicateValues" not in columns["detail::code"].properties
        if technology != "sqlite":
            assert (table["description"], price["description"]) == ("what it costs", "in euros; 100 % sure")
            assert (price["precision"], price["additionalProperties"]["scale"]) == (12, "3")
        if technology in ("postgresql", "mariadb"):
            assert columns["detail::code"].properties["length"] == 7
            generated = columns["detail::doubled"].properties
            assert "price" in generated["additionalProperties"]["generatedFrom"]
        if technology == "postgresql":
            assert further["estimatedRows"] == "1000"
            assert columns["detail::id"].properties["additionalProperties"] == {"identity": "always"}
            assert columns["detail::tags"].properties["dataType"] == "text[]"
            assert columns["detail::bits"].properties["length"] == 5
            assert ("public::detail", "public::dear") in await related(around, "DataFlow")

        hospital.execute("DROP TABLE detail" + (" CASCADE" if technology == "postgresql" else ""))
        await monitor.refresh()
        assert f"{hospital.schema}::detail" not in await everything(around, "RelationalTable")


async def test_odd_names_stay_distinct(hospital: Hospital, tmp_path: Path) -> None:
    quote = "`" if "mariadb" in hospital.address else '"'
    names = ("a::b", "a:b", "a%3Ab", "structure", "Ünïcode", "with space", "semi;colon", "quo'te")
    hospital.execute(*(f"CREATE TABLE {quote}{name}{quote} ({quote}c::d{quote} int)" for name in names))
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        tables = {each.properties["displayName"] for each in (await everything(around, "RelationalTable")).values()}
        assert tables >= {*names}
        assert await written_again(monitor, around) == []


async def test_tables_with_circular_references_are_catalogued(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = in_postgres(postgres, tmp_path)
    hospital.execute("ALTER TABLE ward ADD COLUMN sickest int REFERENCES patient (id)")
    hospital.execute("ALTER TABLE patient ADD COLUMN infected_by int REFERENCES patient (id)")
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("services.database.cataloguing.TABLES_AT_ONCE", 1)
            await monitor.refresh()
        assert await related(around, "ForeignKey") == {
            ("ward::id", "patient::ward_id"),
            ("patient::id", "ward::sickest"),
            ("patient::id", "patient::infected_by"),
        }
        assert await written_again(monitor, around) == []
        hospital.execute("ALTER TABLE ward DROP COLUMN sickest")
        await monitor.refresh()
        assert ("patient::id", "ward::sickest") not in await related(around, "ForeignKey")


async def test_a_foreign_key_without_columns_refers_to_the_primary_key(tmp_path: Path) -> None:
    hospital = in_sqlite(tmp_path)
    hospital.execute(
        "CREATE TABLE bed (ward int, number int, PRIMARY KEY (number, ward))",
        "CREATE TABLE stay (id int, patient int REFERENCES patient, w int, n int, FOREIGN KEY (n, w) REFERENCES bed)",
    )
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        keys = {ends for ends in await related(around, "ForeignKey") if ends[1].startswith("stay")}
        assert keys == {("patient::id", "stay::patient"), ("bed::number", "stay::n"), ("bed::ward", "stay::w")}


async def test_a_dropped_column_is_removed_without_approval(hospital: Hospital, tmp_path: Path) -> None:
    safety = DeletionSafety(few=0, percent=0, confirm=True)
    async with monitored(tmp_path, hospital.address, safety=safety) as (monitor, around):
        await monitor.refresh()
        hospital.execute("DROP INDEX patient_by_birth" + (" ON patient" if "mariadb" in hospital.address else ""))
        hospital.execute("ALTER TABLE patient DROP COLUMN born")
        await monitor.refresh()
        assert "patient::born" not in await everything(around, "RelationalColumn")
        assert len(await everything(around, "RelationalTable")) == 3
