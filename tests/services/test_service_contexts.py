"""The contexts of each integration service, on a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.catalog.context import CatalogIntegratorContext
from services.database.context import DatabaseIntegratorContext
from services.database.description import (
    ColumnDescription,
    DatabaseDescription,
    ForeignKey,
    Key,
    SchemaDescription,
    TableDescription,
)
from services.errors import UserNotAuthorizedError
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.context import LineageIntegratorContext
from services.metadata.changes import Batch, Classify
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile
from services.metadata.types.glossary import Glossary, GlossaryTerm
from services.metadata.types.lineage import Process
from services.metadata.types.people import ContributionRecord
from services.organization.context import OrganizationIntegratorContext
from services.organization.description import PersonDescription, TeamDescription, UserIdDescription
from services.security.context import SecurityIntegratorContext
from services.security.protection import Protection
from tests.services.contexts import surroundings

HOSPITAL = DatabaseDescription(path="pg::hospital", name="hospital", technology="Cards in a Box")
SCHEMAS = [SchemaDescription(name="public")]
PATIENT = TableDescription(
    schema="public",
    name="patient",
    columns=[
        ColumnDescription(name="id", data_type="integer", is_nullable=False),
        ColumnDescription(name="ward", data_type="integer"),
    ],
    primary_key=Key("patient_key", ["id"]),
    foreign_keys=[ForeignKey("in_ward", ["ward"], "public", "ward", ["id"])],
)
WARD = TableDescription(
    schema="public",
    name="ward",
    columns=[ColumnDescription(name="id", data_type="integer")],
    primary_key=Key("ward_key", ["id"]),
)


async def test_a_database_is_catalogued_with_its_keys_and_a_second_scan_writes_nothing(tmp_path: Path) -> None:
    async with surroundings(DatabaseIntegratorContext, tmp_path) as around:
        first = await around.context.catalogue_database(HOSPITAL, SCHEMAS, [PATIENT, WARD])
        again = await around.context.catalogue_database(HOSPITAL, SCHEMAS, [PATIENT, WARD])

        assert (first.created, first.rejected) == (8, [])
        assert (again.created, again.updated, again.removed) == (0, 0, 0)
        tables = [each async for each in around.context.tables_of("pg::hospital")]
        assert [each.properties["displayName"] for each in tables] == ["patient", "ward"]
        (column,) = [each for each in await around.elements("RelationalColumn") if each.qualified_name.endswith("ward")]
        keys = await around.context.relationships([column.guid], type_name="ForeignKey")
        (key,) = await around.context.get([keys[0].end1_guid])
        assert key.qualified_name == "RelationalColumn::pg::hospital::public::ward::id"
        assert key.classifications["PrimaryKey"] == {"name": "ward_key"}


async def test_a_dropped_table_is_archived(tmp_path: Path) -> None:
    async with surroundings(DatabaseIntegratorContext, tmp_path) as around:
        await around.context.catalogue_database(HOSPITAL, SCHEMAS, [PATIENT, WARD])
        outcome = await around.context.catalogue_database(HOSPITAL, SCHEMAS, [WARD])

        assert outcome.removed == 3
        assert await around.names("RelationalTable") == ["RelationalTable::pg::hospital::public::ward"]


async def test_lineage_can_be_stated_and_followed(tmp_path: Path) -> None:
    async with surroundings(LineageIntegratorContext, tmp_path) as around:
        await around.context.apply([to_put(CSVFile(qualified_name=name)) for name in ("raw", "clean", "report")])
        await around.context.state_process(Process(qualified_name="clean up"), inputs=["raw"], outputs=["clean"])
        await around.context.state_process(Process(qualified_name="tell"), inputs=["clean"], outputs=["report"])
        outcome = await around.context.state_process(Process(qualified_name="tell"), inputs=["clean", "nowhere"])
        assert "no element called nowhere" in outcome.rejected[0].message
        await around.context.state_process(Process(qualified_name="tell"), inputs=["clean"], outputs=["report"])

        guids = {each.qualified_name: each.guid for each in await around.elements()}
        upstream = await around.context.upstream(guids["report"])
        downstream = await around.context.downstream(guids["raw"], steps=2)
        assert [each.qualified_name for each in upstream] == ["tell", "clean", "clean up", "raw"]
        assert [each.qualified_name for each in downstream] == ["clean up", "clean"]


async def test_a_catalogue_exchanges_elements_in_both_directions(tmp_path: Path) -> None:
    async with surroundings(CatalogIntegratorContext, tmp_path, source="their catalogue") as around:
        context = around.context
        await context.put_elements({"id-1": CSVFile(qualified_name="theirs")})
        known = await context.element_known_as("id-1")
        assert known is not None
        assert known.qualified_name == "theirs"
        assert await context.element_known_as("id-2") is None

        await around.store.apply(_of_others(CSVFile(qualified_name="ours")))
        past = datetime.now(UTC) - timedelta(hours=1)
        assert [each.qualified_name async for each in context.elements_to_send("CSVFile", past)] == ["ours"]
        await context.add_external_identifier("ours", "id-3")
        sent = await context.element_known_as("id-3")
        assert sent is not None
        assert sent.qualified_name == "ours"

        await context.apply([to_put(Glossary(qualified_name="glossary"))])
        await context.put_terms("glossary", [GlossaryTerm(qualified_name="term")])
        await context.assign_meaning("theirs", "term")
        links = await context.relationships([known.guid], type_name="SemanticAssignment")
        assert len(links) == 1


def _of_others(*elements: CSVFile) -> Batch:
    return Batch(user="somebody", metadata_source="", changes=[to_put(each) for each in elements])


async def test_nothing_is_sent_to_a_read_only_third_party(tmp_path: Path) -> None:
    async with surroundings(
        CatalogIntegratorContext, tmp_path, synchronization=PermittedSynchronization.FROM_THIRD_PARTY
    ) as around:
        with pytest.raises(UserNotAuthorizedError, match="may not send metadata to the third party"):
            around.context.elements_to_send("CSVFile", None)


async def test_an_organization_is_loaded_and_contributions_are_returned(tmp_path: Path) -> None:
    async with surroundings(OrganizationIntegratorContext, tmp_path) as around:
        async with around.context.organization_scan("hospital") as scan:
            callie = PersonDescription(
                key="callie", name="Callie", teams=["trials"], user_ids=[UserIdDescription(user_id="callie")]
            )
            await scan.add([callie])
            await scan.add(teams=[TeamDescription(key="trials", name="Trials", part_of=["research"])])
            await scan.add(teams=[TeamDescription(key="research", name="Research")])

        assert await around.names("Person") == ["Person::hospital::callie"]
        assert len(await around.names("UserIdentity")) == 1
        assert len(await around.names("Team")) == 2
        await around.context.apply([to_put(ContributionRecord(qualified_name="karma", karma_points=3))])
        assert [each.qualified_name async for each in around.context.contributions()] == ["karma"]


async def test_security_properties_can_be_read_and_not_changed(tmp_path: Path) -> None:
    async with surroundings(CatalogIntegratorContext, tmp_path) as writer:
        await writer.context.apply([
            to_put(CSVFile(qualified_name="open")),
            to_put(CSVFile(qualified_name="tagged")),
            Classify(qualified_name="tagged", classification="SecurityTags", properties={"securityLabels": ["pii"]}),
        ])  # fmt: skip
    async with surroundings(
        SecurityIntegratorContext, tmp_path, synchronization=PermittedSynchronization.TO_THIRD_PARTY
    ) as around:
        secured = [each async for each in around.context.protected_elements()]
        assert [(each.qualified_name, each.protection) for each in secured] == [
            ("tagged", Protection(security_labels=("pii",))),
        ]
        around.context.record_distribution("ranger", len(secured))
        assert around.said("SECURITY-INTEGRATOR-0010")
        with pytest.raises(UserNotAuthorizedError):
            await around.context.apply([to_put(CSVFile(qualified_name="new"))])
