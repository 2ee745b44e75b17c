"""Rows that a role does not see, masking views, and comments."""

from pathlib import Path

from tests.servers.postgres import PostgresServer
from tests.services.security.postgres.hospitals import Hospital, protected, when_pii


async def test_a_role_sees_only_the_rows_of_its_condition_and_others_see_all(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient", "SecurityTags", securityProperties={"rows": "ward"})
        rule = {
            "when": {"securityProperty": {"rows": "ward"}},
            "then": {"filterFor": [hospital.analysts], "filter": "ward = 'north'"},
        }
        await world.configure(rule)
        await world.refresh()
        assert hospital.read(hospital.analysts, "SELECT name FROM patient") == [("Ann",)]
        assert len(hospital.read(hospital.nurses, "SELECT name FROM patient")) == 2
        assert await world.refresh() == []

        hospital.execute("ALTER TABLE patient DISABLE ROW LEVEL SECURITY")
        policy = f"integration_daemon for {hospital.analysts}"
        hospital.execute(f'ALTER POLICY "{policy}" ON patient USING (true)')
        told = await world.refresh()
        assert sum("reverted it" in each for each in told) == 2
        assert hospital.read(hospital.analysts, "SELECT name FROM patient") == [("Ann",)]

        await world.declassify("public::patient", "SecurityTags")
        await world.refresh()
        assert hospital.privileges() == before


async def test_row_security_of_others_is_added_to_and_is_not_put_into_effect(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(
        "CREATE POLICY south ON patient USING (ward = 'south')",
        "CREATE POLICY all_of_them ON visit USING (true)",
        "ALTER TABLE visit ENABLE ROW LEVEL SECURITY",
    )
    async with protected(hospital, tmp_path) as world:
        for table in ("patient", "visit"):
            await world.classify(f"public::{table}", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(filterFor=[hospital.analysts], filter="id > 1"))
        told = await world.refresh()
        assert any("would put them into effect" in each for each in told)
        assert len(hospital.read(hospital.analysts, "SELECT id FROM patient")) == 2
        assert hospital.read(hospital.analysts, "SELECT id FROM visit") == []
        assert hospital.read(hospital.nurses, "SELECT id FROM visit") == [(1,)]
        for table in ("patient", "visit"):
            await world.declassify(f"public::{table}", "SecurityTags")
        await world.refresh()
        assert hospital.server.rows("SELECT polname FROM pg_policy ORDER BY 1", hospital.name) == [
            ("all_of_them",),
            ("south",),
        ]
        assert hospital.read(hospital.analysts, "SELECT id FROM visit") == [(1,)]


async def test_a_masking_view_takes_the_place_of_the_table(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.classify("public::patient::ward", "SecurityTags", securityLabels=["secret"])
        await world.classify("public::patient", "Ownership", owner="ann")
        await world.configure(
            when_pii(maskFor=[hospital.analysts], mask="left({column}, 1) || '***'"),
            {"when": {"securityLabel": "secret"}, "then": {"revokeFrom": [hospital.analysts]}},
            {"when": {"owner": "ann"}, "then": {"filterFor": [hospital.analysts], "filter": "id < 2"}},
            maskingSchemas={hospital.analysts: "masked"},
        )
        told = await world.refresh()
        assert [each for each in told if "not" in each and "protected" in each] == []
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        assert [row[:2] for row in hospital.read(hospital.analysts, "SELECT * FROM masked.patient")] == [(1, "A***")]
        assert hospital.is_refused(hospital.nurses, "SELECT id FROM masked.patient")
        assert (await world.states())["name", "analysts"] == ("MASKED", "DENIED")
        assert await world.refresh() == []

        hospital.execute(f"REVOKE SELECT ON masked.patient FROM {hospital.analysts}")
        assert any("reverted it" in each for each in await world.refresh())
        assert len(hospital.read(hospital.analysts, "SELECT id FROM masked.patient")) == 1

        for name in ("public::patient::name", "public::patient::ward"):
            await world.declassify(name, "SecurityTags")
        await world.declassify("public::patient", "Ownership")
        await world.refresh()
        assert hospital.privileges() == before


async def test_a_view_of_somebody_else_is_not_replaced(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    hospital.execute("CREATE VIEW masked.patient AS SELECT 7 AS theirs")
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(maskFor=[hospital.analysts]), maskingSchemas={hospital.analysts: "masked"})
        told = await world.refresh()
        assert any("there is something else at this place" in each for each in told)
        assert hospital.server.rows("SELECT theirs FROM masked.patient", hospital.name) == [(7,)]
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")


async def test_comments_are_set_and_given_back_and_a_label_without_provider_is_explained(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute("COMMENT ON COLUMN patient.name IS 'theirs'")
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        rule = when_pii(revokeFrom=[hospital.analysts], comment="It's personal", securityLabels={"anon": "MASKED"})
        await world.configure(rule)
        told = await world.refresh()
        assert any("shared_preload_libraries" in each for each in told)
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        assert hospital.privileges()[0][-1] == ["It's personal"]
        assert await world.refresh() == []
        await world.declassify("public::patient::name", "SecurityTags")
        await world.refresh()
        assert hospital.privileges() == before


async def test_a_condition_that_is_no_sql_is_told_and_everything_else_is_protected(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        for table in ("patient", "visit"):
            await world.classify(f"public::{table}", "SecurityTags", securityLabels=["pii"])
        rule = when_pii(filterFor=[hospital.nurses], filter="ward =", revokeFrom=[hospital.analysts], comment="closed")
        await world.configure(rule)
        told = await world.refresh()
        assert any("rows for" in each and "syntax error" in each for each in told)
        for table in ("patient", "visit"):
            assert hospital.is_refused(hospital.analysts, f"SELECT id FROM {table}")
        assert str(hospital.privileges()).count("closed") == 2
        assert await world.refresh() == []
