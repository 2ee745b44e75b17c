"""Wrong settings, hostile names, and servers on which something is missing."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.errors import (
    ConnectorConfigurationError,
    RefreshPostponedError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.metadata.sqlite import open_sqlite_store
from services.security.postgres import enforcement
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.services.security.postgres.hospitals import Hospital, Protected, protected, when_pii

HOSTILE = 'a"; DROP TABLE visit; --'


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "neither a rule nor a group"),
        ({"rules": [{"when": {}, "then": {"comment": "x"}}]}, "rules[0]: when has no condition"),
        ({"rules": [when_pii()]}, "rules[0]: then has no effect"),
        ({"rules": [when_pii(grantTo=["PUBLIC"])]}, "PUBLIC can be named in revokeFrom alone"),
        ({"rules": [when_pii(filterFor=["x"])]}, "filter and filterFor need each other"),
        ({"rules": [when_pii(maskFor=["x"])]}, "maskingSchemas has no schema for x"),
        ({"groups": {"x": "y"}, "maskingSchemas": {"x": "s", "y": "s"}}, "two roles have the same schema"),
        ({"rules": [when_pii(mask="x", comment="x")]}, "mask needs maskFor"),
        ({"rules": [when_pii(revokeFrom=["pg_monitor"])]}, "pg_monitor"),
        ({"rules": [{"when": {"label": "x"}, "then": {"comment": "x"}}]}, "label"),
        ({"groups": {"x": "y"}, "onDrift": "panic"}, "onDrift"),
        ({"groups": {"x": "y"}, "lockTimeoutSeconds": 0}, "lockTimeoutSeconds"),
    ],
)
async def test_wrong_settings_are_named(
    settings: dict[str, Any], problem: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    world = Protected(_Elsewhere(postgres), None)  # type: ignore[arg-type]
    with pytest.raises(ConnectorConfigurationError) as raised:
        await world.configure(**{"rules": None, **settings})
    assert problem in str(raised.value)


class _Elsewhere:
    """A hospital that is not reached."""

    name = "elsewhere"
    roles = {"protector": "me"}  # noqa: RUF012

    def __init__(self, server: PostgresServer) -> None:
        self.server = server


async def test_names_with_quotes_and_statements_in_them_are_only_names(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    name = '"' + HOSTILE.replace('"', '""') + '"'
    hospital = Hospital(
        postgres,
        f"CREATE TABLE {name} (id int, {name} text)",
        f"INSERT INTO {name} VALUES (1, 'x')",
        "CREATE TABLE visit (id int)",
    )
    role = '"' + f"{HOSTILE}{hospital.name}".replace('"', '""') + '"'
    hospital.execute(
        f"CREATE ROLE {role}",
        f"GRANT SELECT ON {name} TO {role}",
        f"CREATE SCHEMA {name} AUTHORIZATION {hospital.roles['protector']}",
    )
    before = hospital.privileges()
    async with protected(hospital, tmp_path) as world:
        await world.classify(f"public::{HOSTILE}::{HOSTILE}", "SecurityTags", securityLabels=["pii"])
        then = {
            "maskFor": [hospital.analysts, f"{HOSTILE}{hospital.name}"],
            "comment": "'; DROP TABLE visit; --",
        }
        schemas = dict(zip(then["maskFor"], ("masked", HOSTILE), strict=True))
        await world.configure(when_pii(**then), maskingSchemas=schemas)
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, f"SELECT {name} FROM {name}")
        assert hospital.read(hospital.analysts, f"SELECT * FROM masked.{name}") == [(1, None)]
        assert hospital.read(hospital.analysts, "SELECT * FROM visit") == []
        await world.declassify(f"public::{HOSTILE}::{HOSTILE}", "SecurityTags")
        await world.refresh()
        assert hospital.privileges() == before


async def test_failures_of_the_server_are_distinguished(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    rule = when_pii(revokeFrom=[hospital.analysts])
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient", "SecurityTags", securityLabels=["pii"])
        await world.configure(rule, password="wrong one")
        with pytest.raises(UserNotAuthorizedError) as raised:
            await world.refresh()
        assert "wrong one" not in str(raised.value)
        hospital.name, name = "nowhere", hospital.name
        await world.configure(rule, user="owner")
        hospital.name = name
        with pytest.raises(ConnectorConfigurationError):
            await world.refresh()
        await world.configure(rule, recordSchema="not_there")
        with pytest.raises(UserNotAuthorizedError, match="permission denied for database"):
            await world.refresh()
        hospital.execute(
            f"CREATE SCHEMA planted AUTHORIZATION {hospital.analysts}",
            "CREATE TABLE planted.protection (connector text, table_oid oid, kind text, key text, data text)",
        )
        await world.configure(rule, recordSchema="planted")
        with pytest.raises(UserNotAuthorizedError, match="does not trust it"):
            await world.refresh()


async def test_a_server_that_goes_away_is_unavailable(tmp_path: Path, postgres: PostgresServer) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        postgres.stop()
        try:
            with pytest.raises(ThirdPartyUnavailableError):
                await world.refresh()
        finally:
            postgres.start()


async def test_a_table_that_is_locked_dropped_or_of_another_owner_holds_up_no_other(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    hospital.execute("CREATE TABLE theirs (id int)", "CREATE TABLE gone (id int)")
    hospital.execute(f"GRANT SELECT ON theirs, gone TO {hospital.analysts}")
    async with protected(hospital, tmp_path) as world:
        for table in ("patient", "visit", "theirs", "gone"):
            await world.classify(f"public::{table}", "SecurityTags", securityLabels=["pii"])
        await world.configure(
            when_pii(revokeFrom=[hospital.analysts], filterFor=[hospital.nurses], filter="true"),
            lockTimeoutSeconds=0.1,
        )
        hospital.execute("DROP TABLE gone")
        with psycopg.connect(postgres.url(hospital.name)) as other:
            other.execute("LOCK TABLE visit IN ACCESS SHARE MODE")
            told = await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT id FROM patient")
        assert hospital.is_refused(hospital.analysts, "SELECT id FROM visit")
        assert any("lock timeout" in each for each in told)
        assert any("gone" in each and "is not in the database" in each for each in told)
        assert any("theirs" in each and "may not act as its owner" in each for each in told)
        told = await world.refresh()
        assert any("ENABLE ROW LEVEL SECURITY" in each for each in told)
        assert await world.refresh() == []


async def test_more_changes_than_the_server_has_locks_for_take_several_transactions(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enforcement, "STEPS_BETWEEN_LOCK_CHECKS", 1)
    monkeypatch.setattr(enforcement, "_HAS_ROOM", "SELECT false")
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts], comment="closed"))
        await world.refresh()
        assert all(hospital.is_refused(hospital.analysts, f"SELECT id FROM {each}") for each in ("patient", "visit"))
        sql = "SELECT count(DISTINCT xmin::text) FROM integration_daemon.protection"
        assert hospital.server.rows(sql, hospital.name) == [(4,)]


async def test_two_connectors_do_not_work_on_one_database_at_once(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.configure(when_pii(revokeFrom=[hospital.analysts]), lockTimeoutSeconds=0.1)
        with psycopg.connect(hospital.server.url(hospital.name, hospital.roles["protector"]), password=PASSWORD) as one:
            one.execute("SELECT pg_advisory_lock(hashtextextended('integration_daemon.protection', 0))")
            with pytest.raises(RefreshPostponedError):
                await world.refresh()


async def test_more_tables_than_the_deletion_safety_allows_are_set_back_only_after_approval(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    tables = [f"CREATE TABLE t{number} (id int)" for number in range(30)]
    hospital = Hospital(postgres, *tables)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public", "ZoneMembership", zoneMembership=["closed"])
        await world.configure({"when": {"zone": "closed"}, "then": {"revokeFrom": [hospital.analysts]}})
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT id FROM t7")
        await world.declassify("public", "ZoneMembership")
        await world.refresh()
        assert hospital.is_refused(hospital.analysts, "SELECT id FROM t7")
        world.connector._policy.gate.approve(f"{hospital.path}::")
        await world.refresh()
        assert hospital.read(hospital.analysts, "SELECT id FROM t7") == []


async def test_protection_stays_where_the_database_is_not_catalogued_any_more(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = Hospital(postgres)
    async with protected(hospital, tmp_path) as world:
        await world.classify("public::patient", "SecurityTags", securityLabels=["pii"])
        await world.configure(when_pii(revokeFrom=[hospital.analysts]))
        await world.refresh()
        async with open_sqlite_store(tmp_path / "empty.sqlite") as world.store:
            await world.configure(when_pii(revokeFrom=[hospital.analysts]))
            told = await world.refresh()
            assert any("has no database of this address" in each for each in told)
            assert hospital.is_refused(hospital.analysts, "SELECT id FROM patient")
