"""Applied protection is reverted with its rule, not because of a new name, and nobody can prevent this."""

from pathlib import Path

import psycopg

from tests.servers.postgres import PASSWORD, PostgresServer
from tests.services.security.postgres.hospitals import Hospital, protected, when_pii


async def test_a_role_that_rules_name_no_more_loses_what_it_was_given_and_gets_back_what_was_taken(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(f"REVOKE ALL ON visit FROM {hospital.nurses}")
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.classify("public::visit", "Ownership", owner="ann")
        given = {"when": {"owner": "ann"}, "then": {"grantTo": [hospital.nurses]}}
        await world.configure(given, when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        assert hospital.read(hospital.nurses, "SELECT cause FROM visit") == [("fever",)]
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        assert hospital.is_refused(hospital.nurses, "SELECT cause FROM visit")
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        await world.configure()
        await world.refresh()
        assert hospital.privileges() == before
        assert await world.refresh() == []


async def test_a_protected_table_that_is_renamed_stays_protected_until_it_is_catalogued_under_its_name(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        hospital.execute(
            "ALTER TABLE patient RENAME TO patient_before",
            f"CREATE TABLE patient (name text); GRANT SELECT ON patient TO {hospital.analysts}",
            f"ALTER TABLE patient OWNER TO {hospital.roles['app']}",
        )
        told = await world.refresh()
        for table in ("patient", "patient_before"):
            assert hospital.is_refused(hospital.analysts, f"SELECT name FROM {table}")
        assert any("public.patient_before" in each and "has no table of this name" in each for each in told)
        assert await world.refresh() == []
        await world.catalogue()
        await world.classify("public::patient_before", "SecurityTags", securityLabels=["pii"])
        assert not any("has no table" in each for each in await world.refresh())
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient_before")


async def test_a_user_that_holds_the_lock_of_connectors_holds_up_none(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]), lockTimeoutSeconds=0.1)
        url = postgres.url(hospital.name, user=hospital.analysts)
        with psycopg.connect(url, password=PASSWORD, autocommit=True) as attacker:
            attacker.execute("SELECT pg_advisory_lock(hashtextextended('integration_daemon.protection', 0))")
            await world.refresh()
            assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
