"""Changes that others make are found, and what remains readable is told with its cause."""

from pathlib import Path

import pytest

from services.framework.dry_run import dry_run
from tests.servers.postgres import PostgresServer
from tests.services.security.postgres.hospitals import Hospital, protected, when_pii


async def test_a_grant_of_somebody_else_is_taken_back_and_told_once(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        hospital.execute(f"SET ROLE {hospital.roles['app']}", f"GRANT SELECT (name) ON patient TO {hospital.analysts}")
        told = await world.refresh()
        assert [each for each in told if f"{hospital.analysts} has SELECT on name" in each and "reverted it" in each]
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        assert await world.refresh() == []


async def test_a_grant_of_somebody_else_is_only_reported_where_that_is_set(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]), onDrift="report")
        await world.refresh()
        hospital.execute(f"SET ROLE {hospital.roles['app']}", f"GRANT SELECT ON patient TO {hospital.analysts}")
        told = await world.refresh()
        assert any("These statements would revert it: REVOKE SELECT ON TABLE" in each for each in told)
        assert len(hospital.read(hospital.analysts, "SELECT name FROM patient")) == 2
        assert (await world.states())["name", "analysts"] == ("DENIED", "GRANTED")
        assert await world.refresh() == []


async def test_what_somebody_else_has_revoked_stays_revoked(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        hospital.execute(
            f"SET ROLE {hospital.roles['app']}",
            f"REVOKE SELECT (born) ON patient FROM {hospital.analysts}",
            "ALTER TABLE patient ADD COLUMN height int",
        )
        await world.refresh()
        await world.declassify("public::patient::name", "SecurityTags")
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT born FROM patient")
        assert len(hospital.read(hospital.analysts, "SELECT id, ward FROM patient")) == 2


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("GRANT SELECT ON patient TO PUBLIC", "granted to PUBLIC"),
        ("GRANT {nurses} TO {analysts}", "has the privileges of {nurses}"),
        (
            "GRANT SELECT ON patient TO {nurses} WITH GRANT OPTION; SET ROLE {nurses};"
            " GRANT SELECT ON patient TO {analysts}",
            "granted by {nurses}, who is not the owner",
        ),
        ("GRANT pg_read_all_data TO {analysts}", "who can read every table"),
        ("GRANT {app} TO {analysts}", "may act as the owner"),
        ("ALTER ROLE {analysts} SUPERUSER", "is a superuser"),
        ("CREATE VIEW leak AS SELECT name FROM patient; GRANT SELECT ON leak TO {analysts}", "view public.leak"),
        (
            "CREATE FUNCTION leak() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT name FROM patient'",
            "a SECURITY DEFINER function",
        ),
        (
            "CREATE VIEW hidden AS SELECT * FROM patient;"
            "CREATE FUNCTION leak() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT name FROM hidden'",
            "a SECURITY DEFINER function",
        ),
        ("ALTER ROLE {analysts} NOINHERIT; GRANT {nurses} TO {analysts}", "become {nurses} by SET ROLE"),
        (
            "CREATE TABLE child () INHERITS (patient); CREATE TABLE grandchild () INHERITS (child);"
            "GRANT SELECT ON grandchild TO {analysts}",
            "public.grandchild, a partition or child",
        ),
        (
            "CREATE TABLE everybody (name text); ALTER TABLE patient INHERIT everybody;"
            "GRANT SELECT ON everybody TO {analysts}",
            "public.everybody, whose rows",
        ),
    ],
)
async def test_what_makes_a_revoke_useless_is_told(
    statement: str, reason: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(statement.format(**hospital.roles))
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        told = await world.refresh()
        assert [each for each in told if reason.format(**hospital.roles) in each and hospital.analysts in each], told
        assert await world.refresh() == []


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE VIEW leak AS SELECT id FROM patient; GRANT SELECT ON leak TO {nurses}", "view public.leak"),
        (
            "CREATE TABLE child () INHERITS (patient); GRANT SELECT ON child TO {nurses}",
            "public.child, a partition or child",
        ),
    ],
)
async def test_ways_around_the_filter_of_rows_are_told(
    statement: str, reason: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute(statement.format(**hospital.roles), f"ALTER TABLE patient OWNER TO {hospital.roles['app']}")
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::ward", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(filterFor=[hospital.nurses], filter="ward = 'north'"))
        told = await world.refresh()
        assert [each for each in told if reason in each and hospital.nurses in each], told
        assert await world.refresh() == []


async def test_a_child_that_has_the_filter_as_well_is_no_way_around_it(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(
        postgres, "CREATE TABLE patient (id int, ward text)", "CREATE TABLE child () INHERITS (patient)"
    )
    async with protected(hospital, tmp_path) as world:
        for table in ("patient", "child"):
            await world.classify(f"public::{table}", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(filterFor=[hospital.nurses], filter="ward = 'north'"))
        assert not any("can read" in each for each in await world.refresh())


async def test_public_is_touched_only_where_it_is_configured(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    hospital.execute(f"SET ROLE {hospital.roles['app']}", "GRANT SELECT ON patient TO PUBLIC")
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts, "PUBLIC"]))
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT name FROM patient")
        assert len(hospital.read(hospital.nurses, "SELECT name FROM patient")) == 2
        await world.declassify("public::patient::name", "SecurityTags")
        await world.refresh()
        assert hospital.privileges() == before


async def test_a_dry_run_shows_the_exact_statements_and_changes_nothing(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient::name", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        with dry_run() as run:
            await world.refresh()
        assert run.changes.sent[-2:] == [
            f'REVOKE SELECT ON TABLE "public"."patient" FROM "{hospital.analysts}"',
            f'GRANT SELECT ("id", "born", "ward") ON TABLE "public"."patient" TO "{hospital.analysts}"',
        ]
        assert hospital.privileges() == before
        told = await world.refresh()
        assert "; ".join(run.changes.sent[-2:]) in "".join(told)
