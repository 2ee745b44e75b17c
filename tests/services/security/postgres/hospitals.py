"""A hospital's database with roles, a connector that protects it, and open metadata that says how."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import trio

from services.database.context import DatabaseIntegratorContext
from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Classify, Declassify, Query
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.secret import Secret
from services.security.context import SecurityIntegratorContext
from services.security.postgres.postgres_security import PostgresSecurity
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.services.contexts import Surroundings, surroundings_in

TABLES = (
    "CREATE TABLE patient (id int PRIMARY KEY, name text, born date, ward text)",
    "INSERT INTO patient VALUES (1, 'Ann', '1990-01-01', 'north'), (2, 'Bo', '1980-01-01', 'south')",
    "CREATE TABLE visit (id int PRIMARY KEY, patient int, cause text)",
    "INSERT INTO visit VALUES (1, 1, 'fever')",
)
KINDS = ("analysts", "nurses", "app", "protector")


class Hospital:
    """A database whose tables `app` owns, and in which `protector` may act as `app` and has a schema of its own."""

    def __init__(self, server: PostgresServer, *tables: str) -> None:
        self.server = server
        self.name = server.new_database().rpartition("/")[2]
        self.roles = {kind: f"{kind}_{self.name}" for kind in KINDS}
        analysts, nurses, app, protector = self.roles.values()
        self.execute(
            *(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'" for role in self.roles.values()),
            f"GRANT {app} TO {protector}",
            f"GRANT CREATE ON SCHEMA public TO {app}",
            f"CREATE SCHEMA integration_daemon AUTHORIZATION {protector}",
            f"CREATE SCHEMA masked AUTHORIZATION {protector}",
            f"GRANT USAGE ON SCHEMA masked TO {analysts}",
            f"SET ROLE {app}",
            *(tables or TABLES),
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {analysts}, {nurses}",
            "RESET ROLE",
        )

    @property
    def analysts(self) -> str:
        """A role that may read every table."""
        return self.roles["analysts"]

    @property
    def nurses(self) -> str:
        """Another."""
        return self.roles["nurses"]

    @property
    def path(self) -> str:
        """By which the database is catalogued."""
        return f"127.0.0.1:{self.server.port}::{self.name}"

    def execute(self, *statements: str) -> None:
        """Run statements in the database, as a superuser."""
        with psycopg.connect(self.server.url(self.name), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def read(self, role: str, sql: str) -> list[tuple[Any, ...]]:
        """The result of a query, as a role that has logged on itself."""
        url = self.server.url(self.name, user=role)
        with psycopg.connect(url, password=PASSWORD) as connection:
            return connection.execute(sql).fetchall()

    def is_refused(self, role: str, sql: str) -> bool:
        """True if a role lacks the privilege to run a query."""
        try:
            self.read(role, sql)
        except psycopg.errors.InsufficientPrivilege:
            return True
        return False

    def privileges(self) -> list[tuple[Any, ...]]:
        """All privileges, policies, comments and views in the schemas public and masked."""
        return self.server.rows(
            """
            SELECT c.oid::regclass::text, ARRAY(SELECT unnest(c.relacl)::text ORDER BY 1), c.relrowsecurity,
                   obj_description(c.oid, 'pg_class'),
                   ARRAY(SELECT attname || attacl::text FROM pg_attribute WHERE attrelid = c.oid
                         AND attacl::text <> '{}' ORDER BY 1),
                   ARRAY(SELECT polname || pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = c.oid),
                   ARRAY(SELECT description FROM pg_description WHERE objoid = c.oid AND objsubid > 0)
            FROM pg_class c WHERE relnamespace::regnamespace::text IN ('public', 'masked') AND relkind IN ('r', 'v')
            ORDER BY 1
            """,
            database=self.name,
        )


class Protected:
    """A hospital with a store of metadata, and connectors between them."""

    def __init__(self, hospital: Hospital, store: MetadataStore) -> None:
        self.hospital = hospital
        self.store = store
        self.around: Surroundings[SecurityIntegratorContext]
        self.connector: PostgresSecurity

    async def catalogue(self) -> None:
        """Have the database catalogued as it is."""
        connection = Connection(endpoint=Endpoint(address=self.hospital.server.url(self.hospital.name)))
        around = surroundings_in(self.store, DatabaseIntegratorContext, source="monitor", connection=connection)
        monitor = DatabaseMonitor()
        monitor.context, monitor.connector_name = around.context, "monitor"
        await monitor.start()
        await monitor.refresh()

    async def classify(self, name: str, classification: str, **properties: Any) -> None:
        """Classify an element: `public`, `public::patient` or `public::patient::name`."""
        change = Classify(qualified_name=self.element(name), classification=classification, properties=properties)
        outcome = await self.store.apply(Batch(user="steward", changes=[change]))
        assert not outcome.rejected, outcome.rejected

    async def declassify(self, name: str, classification: str) -> None:
        """Remove a classification."""
        change = Declassify(qualified_name=self.element(name), classification=classification)
        await self.store.apply(Batch(user="steward", changes=[change]))

    def element(self, name: str) -> str:
        """The qualified name of an element."""
        kind = ("DeployedDatabaseSchema", "RelationalTable", "RelationalColumn")[name.count("::")]
        return f"{kind}::{self.hospital.path}::{name}"

    async def configure(
        self,
        *rules: dict[str, Any],
        user: str | None = None,
        password: str = PASSWORD,
        synchronization: PermittedSynchronization = PermittedSynchronization.BOTH_DIRECTIONS,
        **settings: Any,
    ) -> None:
        """Start a new connector with these rules."""
        hospital = self.hospital
        user = user or hospital.roles["protector"]
        connection = Connection(
            endpoint=Endpoint(address=hospital.server.url(hospital.name, user=user)),
            user_id=user,
            clear_password=Secret(password),
            configuration_properties={"rules": list(rules), **settings},
        )
        self.around = surroundings_in(
            self.store,
            SecurityIntegratorContext,
            source="protection",
            connection=connection,
            synchronization=synchronization,
        )
        self.connector = PostgresSecurity()
        self.connector.context, self.connector.connector_name = self.around.context, "connector"
        self.connector.connection = connection
        await self.connector.start()

    async def refresh(self) -> list[str]:
        """Refresh the connector, and return what it told."""
        told = len(self.around.said())
        with trio.fail_after(60):
            await self.connector.refresh()
        return self.around.said()[told:]

    async def states(self) -> dict[tuple[str, str], tuple[str, str]]:
        """The requested and the actual state, by the last part of an element's name and the kind of role."""
        groups = await self.store.find(Query(type_name="SecurityGroup"))
        links = await self.store.relationships([each.guid for each in groups], type_name="AssociatedSecurityGroup")
        names = {each.guid: each.qualified_name for each in await self.store.get([each.end1_guid for each in links])}
        roles = {each.guid: str(each.properties["displayName"]).partition("_")[0] for each in groups}
        return {
            (names[each.end1_guid].rpartition("::")[2], roles[each.end2_guid]): (
                each.properties["requestedState"],
                each.properties["actualState"],
            )
            for each in links
        }


@asynccontextmanager
async def protected(hospital: Hospital, directory: Path) -> AsyncIterator[Protected]:
    """A catalogued hospital."""
    async with open_sqlite_store(directory / "store.sqlite") as store:
        found = Protected(hospital, store)
        await found.catalogue()
        yield found


def when_pii(**then: Any) -> dict[str, Any]:
    """A rule for what is labelled `pii`."""
    return {"when": {"securityLabel": "pii"}, "then": then}
