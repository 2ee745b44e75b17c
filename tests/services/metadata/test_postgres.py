"""A store in PostgreSQL: access, outages of the server, and older stores."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
import trio

from services.errors import MetadataServerUnavailableError, PropertyServerError
from services.metadata.changes import Batch, Change, Query, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.postgres import open_postgres_store, schema
from services.metadata.types.files import DataFile
from services.secret import Secret
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    with postgres_server() as server:
        yield server


def batch(*names: str, **properties: str) -> Batch:
    changes: list[Change] = [to_put(DataFile(qualified_name=name, **properties)) for name in names]  # type: ignore[arg-type]
    return Batch(user="npa", changes=changes)


async def refusal(url: str, password: Secret | None = None) -> str:
    with pytest.RaisesGroup(PropertyServerError, allow_unwrapped=True, flatten_subgroups=True) as caught:
        async with open_postgres_store(url, password):
            pass
    error = caught.value.exceptions[0] if isinstance(caught.value, BaseExceptionGroup) else caught.value
    assert url in str(error)
    return str(error)


async def test_a_store_can_be_opened_once_at_a_time_and_keeps_its_elements(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    async with open_postgres_store(url) as store:
        await store.apply(batch("a"))
        assert "another process has it open" in await refusal(url)
    async with open_postgres_store(url) as store:
        assert (await store.apply(batch("a"))).unchanged == 1


async def test_a_password_is_required_and_never_shown(postgres: PostgresServer) -> None:
    owned = postgres.new_database()
    url = owned.replace("owner@", "metadata@")
    database = url.rpartition("/")[2]
    postgres.execute(f"CREATE ROLE metadata LOGIN PASSWORD '{PASSWORD}'")
    postgres.execute(f"GRANT CREATE ON DATABASE {database} TO metadata")

    assert "no password supplied" in await refusal(url)
    assert "password authentication failed" in await refusal(url, Secret("guessed"))
    assert "guessed" not in await refusal(url, Secret("guessed"))
    async with open_postgres_store(url, Secret(PASSWORD)) as store:
        assert (await store.apply(batch("a"))).created == 1
    assert "permission denied" in await refusal(
        postgres.new_database().replace("owner@", "metadata@"), Secret(PASSWORD)
    )


async def test_a_missing_database_is_reported(postgres: PostgresServer) -> None:
    text = await refusal(postgres.url("nowhere"))
    assert "OMRS-REPOSITORY-500-001" in text
    assert 'database "nowhere" does not exist' in text


async def test_a_server_that_cannot_be_reached_is_reported() -> None:
    assert "OMRS-REPOSITORY-503-002" in await refusal("postgresql://npa@127.0.0.1:1/metadata")


async def test_a_database_with_another_encoding_is_refused(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "encoding is LATIN1, and UTF8 is needed" in await refusal(postgres.url("latin"))


async def test_a_store_is_unavailable_while_its_server_is_down(mortal: PostgresServer) -> None:
    async with open_postgres_store(mortal.new_database()) as store:
        await store.apply(batch("before"))
        mortal.kill()
        with pytest.raises(MetadataServerUnavailableError, match="does not answer"):
            await store.apply(batch("meanwhile"))
        with pytest.raises(MetadataServerUnavailableError, match="does not answer"):
            await store.find(Query())

        await trio.to_thread.run_sync(mortal.start)
        assert (await store.apply(batch("after"))).created == 1
        found = await store.find(Query(type_name="DataFile"))
        assert [each.qualified_name for each in found] == ["before", "after"]


async def test_a_restart_of_the_server_between_two_requests_is_not_noticed(mortal: PostgresServer) -> None:
    async with open_postgres_store(mortal.new_database()) as store:
        await store.apply(batch("before"))
        mortal.stop()
        await trio.to_thread.run_sync(mortal.start)
        assert (await store.apply(batch("after"))).created == 1
        assert len(await store.find(Query(type_name="DataFile"))) == 2


async def test_a_store_of_the_previous_version_is_migrated(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {schema.SCHEMA}")
        connection.execute(f"SET search_path = {schema.SCHEMA}")
        connection.execute(schema.TABLES)
        connection.execute("UPDATE schema_version SET version = 1")
        for number in range(1, 11):
            connection.execute(
                "INSERT INTO elements (id, guid, type, qualified_name, source, place, fingerprint, created_by,"
                " created_at, updated_at, properties) VALUES (%s, %s, 'DataFile', %s, 0, %s, 'f', 'npa', 0, 0, %s)",
                (
                    number,
                    f"guid {number}",
                    f"old {number}",
                    f"/{number}",
                    json.dumps({"qualifiedName": f"old {number}"}),
                ),
            )
    for _ in range(2):
        async with open_postgres_store(url) as store:
            assert len(await store.fingerprints("", "")) == 10
            assert [each.qualified_name for each in await store.find(Query(text="old 7"))] == ["old 7"]
            assert [each.qualified_name for each in await store.find(Query(name_pattern="*d 7"))] == ["old 7"]
            assert len(await store.find(Query(type_name="DataFile"))) == 10
            page = await store.changes(0, 100)
            assert len(page.changes) == 10
    async with open_postgres_store(url) as store:
        await store.apply(batch("new"))
        assert [each.qualified_name for each in (await store.changes(page.last, 100)).changes] == ["new"]


async def test_parts_of_names_are_found_with_and_without_trigrams(postgres: PostgresServer) -> None:
    owned = postgres.new_database()
    database = owned.rpartition("/")[2]
    postgres.execute("CREATE ROLE least_store LOGIN", f"GRANT CREATE ON DATABASE {database} TO least_store")
    postgres.execute(f"ALTER ROLE least_store PASSWORD '{PASSWORD}'")
    query = Query(name_pattern="*23.csv")

    async def found() -> list[str]:
        async with open_postgres_store(owned.replace("owner@", "least_store@"), Secret(PASSWORD)) as store:
            names = [each.qualified_name for each in await store.find(query)]
            while (await store.find_page(Query(text="csv"))).indexed_to is not None:
                pass
            assert names == [each.qualified_name for each in await store.find(query)]
            await store.apply(batch(*(f"{number:04}.csv" for number in range(2_500))))
            return names

    def has_index() -> bool:
        ((exists,),) = postgres.rows("SELECT to_regclass('open_metadata.elements_text_by_name') IS NOT NULL", database)
        return bool(exists)

    assert await found() == []
    assert has_index()
    expected = [f"{number:02}23.csv" for number in range(25)]
    assert await found() == expected

    postgres.execute("DROP EXTENSION pg_trgm CASCADE", database=database)
    postgres.execute(f"REVOKE CREATE ON DATABASE {database} FROM least_store")
    assert await found() == expected
    assert not has_index()

    postgres.execute("CREATE EXTENSION pg_trgm", database=database)
    assert await found() == expected
    assert has_index()


async def test_a_store_of_a_newer_version_is_refused(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    async with open_postgres_store(url):
        pass
    with psycopg.connect(url) as connection:
        connection.execute(f"UPDATE {schema.SCHEMA}.schema_version SET version = 99")
    assert "newer version of this program (schema 99)" in await refusal(url)


async def test_an_element_with_a_nul_character_is_rejected_alone(postgres: PostgresServer) -> None:
    async with open_postgres_store(postgres.new_database()) as store:
        outcome = await store.apply(batch("good", "bad", description="a\x00b"))
        assert [each.subject for each in outcome.rejected] == ["good", "bad"]
        outcome = await store.apply(batch("good", "b\x00ad"))
        assert (outcome.created, len(outcome.rejected)) == (1, 1)
        assert "NUL" in outcome.rejected[0].message
        outcome = await store.apply(
            Batch(user="npa", changes=[Remove(source_key="b\x00ad"), Remove(source_key="good")])
        )
        assert outcome.removed == 1


WRITER = """
import sys, trio
from services.metadata.changes import Batch
from services.metadata.postgres import open_postgres_store
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile

async def main():
    async with open_postgres_store(sys.argv[1]) as store:
        for number in range(10_000):
            changes = [to_put(DataFile(qualified_name=f"{number}/{part}")) for part in range(20)]
            await store.apply(Batch(user="npa", changes=changes))
            print(number, flush=True)

trio.run(main)
"""


@pytest.mark.parametrize("batches", [1, 40])
async def test_a_sudden_end_loses_no_acknowledged_batch_and_leaves_no_partial_one(
    batches: int, postgres: PostgresServer
) -> None:
    url = postgres.new_database()

    def write_until_killed() -> int:
        last = -1
        with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                last = int(line)
                if last >= batches:
                    process.kill()
                    break
        return last

    acknowledged = await trio.to_thread.run_sync(write_until_killed)
    keys: dict[str, str] = {}
    with trio.fail_after(20):
        while not keys:
            try:  # the server takes a while to notice that the lock holder has gone
                async with open_postgres_store(url) as store:
                    keys = await store.fingerprints("", "")
            except* PropertyServerError:
                await trio.sleep(0.05)
    found = {int(key.partition("/")[0]) for key in keys}
    assert found >= set(range(acknowledged + 1))
    assert len(keys) == len(found) * 20


async def test_times_are_stored_exactly(postgres: PostgresServer) -> None:
    before = datetime.now(UTC)
    async with open_postgres_store(postgres.new_database()) as store:
        await store.apply(batch("a"))
        (element,) = await store.find(Query(type_name="DataFile", updated_since=before.replace(microsecond=0)))
        assert element.create_time.tzinfo is not None
        assert abs((element.create_time - before).total_seconds()) < 60


async def test_a_source_whose_element_was_deleted_can_be_registered_again(postgres: PostgresServer) -> None:
    async with open_postgres_store(postgres.new_database()) as store:
        before = await store.register_source(MetadataSource("landing"), user="npa")
        await store.apply(Batch(user="npa", changes=[Remove(source_key="landing", delete=True)]))
        again = await store.register_source(MetadataSource("landing"), user="npa")
        assert [each.guid for each in await store.get([before, again])] == [again]
        assert await store.register_source(MetadataSource("landing"), user="npa") == again
