"""Roles read what open metadata lets them read, tried as the roles themselves."""

from pathlib import Path

from tests.servers.postgres import PostgresServer
from tests.services.security.postgres.hospitals import Hospital, protected, when_pii


async def test_a_role_cannot_read_a_labelled_column_until_the_label_is_removed(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        told = await world.refresh()

        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        assert hospital.read(hospital.analysts, "SELECT id, born, ward FROM patient ORDER BY id")[0][2] == "north"
        assert hospital.read(hospital.nurses, "SELECT name FROM patient WHERE id = 1") == [("Ann",)]
        assert any("REVOKE SELECT ON TABLE" in each for each in told)
        assert await world.states() == {("name", "analysts"): ("DENIED", "DENIED")}
        assert await world.refresh() == []

        await world.declassify("public::patient::name", "SecurityTags")
        await world.refresh()
        assert hospital.read(hospital.analysts, "SELECT name FROM patient WHERE id = 1") == [("Ann",)]
        assert hospital.privileges() == before
        assert await world.states() == {}
        assert await world.refresh() == []


async def test_a_labelled_table_is_closed_with_all_its_columns_and_others_stay_open(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient", "Confidentiality", levelIdentifier=3)
        rule = {"when": {"confidentialityAtLeast": 3}, "then": {"revokeFrom": [hospital.analysts, "nobody_here"]}}
        await world.configure(rule)
        told = await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT count(*) FROM patient")
        assert hospital.read(hospital.analysts, "SELECT cause FROM visit") == [("fever",)]
        assert any("nobody_here" in each and "no such role" in each for each in told)


async def test_a_table_inherits_what_its_schema_and_database_say(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public", "ZoneMembership", zoneMembership=["quarantine"])
        await world.classify("public::visit", "Ownership", owner="ann")
        zone = {"when": {"zone": "quarantine"}, "then": {"revokeFrom": [hospital.analysts]}}
        both = {"when": {"zone": "quarantine", "owner": "ann"}, "then": {"revokeFrom": [hospital.nurses]}}
        await world.configure(zone, both)
        await world.refresh()
        for table in ("patient", "visit"):
            assert hospital.is_refused(hospital.analysts, f"SELECT id FROM {table}")
        assert hospital.is_refused(hospital.nurses, "SELECT id FROM visit")
        assert len(hospital.read(hospital.nurses, "SELECT id FROM patient")) == 2


async def test_access_groups_let_the_roles_of_the_named_groups_read_and_those_of_others_not(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(f"REVOKE ALL ON patient FROM {hospital.nurses}")
    async with protected(hospital, tmp_path) as world:
        groups = {"care": hospital.nurses, "research": hospital.analysts}
        await world.classify("public::patient", "SecurityTags", accessGroups={"care": ["Read"], "research": ["count"]})
        await world.configure(groups=groups)
        await world.refresh()
        assert hospital.read(hospital.nurses, "SELECT name FROM patient WHERE id = 2") == [("Bo",)]
        assert hospital.is_refused(hospital.analysts, "SELECT id FROM patient")
        assert await world.states() == {
            ("patient", "nurses"): ("GRANTED", "GRANTED"),
            ("patient", "analysts"): ("DENIED", "DENIED"),
        }
        await world.classify("public::patient", "SecurityTags", accessGroups={"care": "everything"})  # cannot be read
        await world.refresh()
        assert hospital.is_refused(hospital.nurses, "SELECT id FROM patient")


async def test_what_is_forbidden_is_not_granted_and_a_new_column_is_read_as_before(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.classify("public::patient", "Ownership", owner="ann")
        open_to_all = {"when": {"owner": "ann"}, "then": {"grantTo": [hospital.analysts]}}
        await world.configure(open_to_all, when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        hospital.execute("ALTER TABLE patient ADD COLUMN height int")
        await world.refresh()
        assert hospital.read(hospital.analysts, "SELECT height, ward FROM patient WHERE id = 1") == [(None, "north")]
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")


async def test_a_protected_column_that_is_renamed_is_not_granted_under_its_new_name(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        hospital.execute("ALTER TABLE patient RENAME COLUMN name TO surname")
        told = await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT surname FROM patient")
        assert any("not under this name" in each for each in told)


async def test_privileges_with_grant_option_and_on_columns_come_back_as_they_were(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(
        f"GRANT SELECT ON patient TO {hospital.analysts} WITH GRANT OPTION",
        f"REVOKE SELECT ON patient FROM {hospital.nurses}",
        f"GRANT SELECT (id, name), UPDATE (name) ON patient TO {hospital.nurses}",
    )
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts, hospital.nurses]))
        await world.refresh()
        assert hospital.is_refused(hospital.nurses, "SELECT name FROM patient")
        assert len(hospital.read(hospital.nurses, "SELECT id FROM patient")) == 2
        assert hospital.is_refused(hospital.nurses, "SELECT ward FROM patient")
        await world.declassify("public::patient::name", "SecurityTags")
        await world.refresh()
        assert hospital.privileges() == before


async def test_a_label_that_cannot_be_read_lifts_no_protection(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        await world.classify("public::patient::name", "SecurityTags", securityLabels="pii")
        told = await world.refresh()
        assert any("SecurityTags.securityLabels of its element cannot be read" in each for each in told)
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
