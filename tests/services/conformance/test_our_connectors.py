"""Our own connectors pass the conformance suite that we publish."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import apsw
import pytest

from services.database.database_monitor import DatabaseMonitor
from services.errors import ConnectorConfigurationError, PropertyServerError, ThirdPartyUnavailableError
from services.files.data_files_monitor import DataFilesMonitor
from services.files.data_folder_monitor import DataFolderMonitor
from services.framework.connection import Connection
from services.organization.csv_organization import CSVOrganization
from services.organization.ldap_monitor import LDAPMonitor
from services.organization.scim.resources import ResourceKind
from services.organization.scim_intake.directory import FILE
from services.organization.scim_intake.tables import opened
from services.organization.scim_intake.writer import ResourceWriter
from services.organization.scim_monitor.scim_monitor import ScimMonitor
from services.organization.scim_receiver import ScimReceiver
from services.secret import Secret
from services.testing import ConnectorConformance
from tests.servers.between import Answer, between
from tests.servers.postgres import PostgresServer
from tests.servers.scim_provider import TOKEN, ScimProvider
from tests.servers.slapd import PASSWORD, READER, SlapdServer
from tests.services.conformance.connections import connection_to


class _OnADirectory(ConnectorConformance):
    """A connector on a directory of files. A missing directory is a wrong setting, as on the page."""

    unavailable_errors: ClassVar[tuple[type[Exception], ...]] = (
        ThirdPartyUnavailableError,
        ConnectorConfigurationError,
    )

    def connection(self) -> Connection:
        return connection_to(self.directory / "landing")

    def make_third_party(self) -> None:
        (self.directory / "landing" / "week").mkdir(parents=True)
        for name in ("a.csv", "b.csv", "week/c.csv", "week/d.txt"):
            (self.directory / "landing" / name).write_text("name,size\nx,1\n")

    def change(self) -> None:
        (self.directory / "landing" / "b.csv").write_text("name,size,colour\nx,1,red\n")
        (self.directory / "landing" / "e.csv").write_text("new\n")

    def remove_one(self) -> None:
        (self.directory / "landing" / "week" / "c.csv").unlink()

    def make_unavailable(self) -> None:
        shutil.move(self.directory / "landing", self.directory / "elsewhere")

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(), connection_to(self.directory / "nowhere"), connection_to(__file__)]


class TestDataFilesMonitor(_OnADirectory):
    """The monitor with default settings."""

    connector_class = DataFilesMonitor


class TestDataFilesMonitorThatWaits(_OnADirectory):
    """The monitor set to wait for a missing directory, to classify content and not to watch."""

    connector_class = DataFilesMonitor
    unavailable_errors = ConnectorConformance.unavailable_errors

    def connection(self) -> Connection:
        return connection_to(self.directory / "landing", waitForDirectory=True, classifyContent=True, watch=False)


class TestDataFolderMonitor(_OnADirectory):
    """The monitor, which has one element."""

    connector_class = DataFolderMonitor
    removes = False
    elements = 1


class TestCSVOrganization(ConnectorConformance):
    """The connector on a file of people and a file of teams; it ends appointments of people, and removes teams."""

    connector_class = CSVOrganization

    def connection(self) -> Connection:
        return connection_to(self.directory / "people.csv", teamsFile=str(self.directory / "teams.csv"))

    def make_third_party(self) -> None:
        self._write("people.csv", "id,name,email,teams", "1,Ann,ann@example.org,red;blue", "2,Bo,,blue", "3,Cy,,")
        self._write("teams.csv", "id,parent", "red,blue", "blue,")

    def change(self) -> None:
        self._write("people.csv", "id,name,email,teams", "1,Ann,a@example.org,blue", "2,Bo,,blue", "3,Cy,,")

    def remove_one(self) -> None:
        self._write("teams.csv", "id", "blue")

    def make_unavailable(self) -> None:
        shutil.move(self.directory / "people.csv", self.directory / "elsewhere.csv")

    def wrong_connections(self) -> Sequence[Connection]:
        settings: list[dict[str, Any]] = [{"teamsFile": 7}, {"columns": {"salary": "x"}}, {"delimiter": "ab"}]
        address = self.connection().address
        return [Connection(), connection_to("/"), *(connection_to(address, **each) for each in settings)]

    def _write(self, name: str, *lines: str) -> None:
        (self.directory / name).write_text("\n".join(lines) + "\n")


class TestLDAPMonitor(ConnectorConformance):
    """The connector on a part of a directory; it ends appointments of people, and removes groups."""

    connector_class = LDAPMonitor
    unavailable_errors = (ThirdPartyUnavailableError, ConnectorConfigurationError)
    """A directory whose first entry was deleted is a wrong address."""

    @pytest.fixture(autouse=True)
    def _on_a_server(self, slapd: SlapdServer) -> None:
        self.server = slapd

    def connection(self) -> Connection:
        return self._connection()

    def make_third_party(self) -> None:
        self.base = self.server.new_organization()
        people = [self._person(name) for name in ("ann", "bo", "cy")]
        self.server.load("\n".join([*people, self._group("red", "ann"), self._group("blue", "bo")]))

    def change(self) -> None:
        self.server.load(self._person("dee"))

    def remove_one(self) -> None:
        self._delete("cn=red")

    def make_unavailable(self) -> None:
        found = ("cn=red", "cn=blue", "cn=ann", "cn=bo", "cn=cy", "cn=dee")
        self.server.delete([f"{each},{self.base}" for each in found] + [self.base])

    def wrong_connections(self) -> Sequence[Connection]:
        return [
            Connection(),
            connection_to("ldap://127.0.0.1"),
            self._connection(mapping="x"),
            self._connection(pageSize=0),
        ]

    def _connection(self, **settings: Any) -> Connection:
        made = connection_to(f"{self.server.url}/{self.base}", **({"pageSize": 2} | settings))
        made.user_id, made.clear_password = READER, Secret(PASSWORD)
        return made

    def _delete(self, name: str) -> None:
        self.server.delete([f"{name},{self.base}"])

    def _person(self, name: str) -> str:
        return f"dn: cn={name},{self.base}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\nuid: {name}\n"

    def _group(self, name: str, member: str) -> str:
        return f"dn: cn={name},{self.base}\nobjectClass: groupOfNames\ncn: {name}\nmember: cn={member},{self.base}\n"


class TestScimMonitor(ConnectorConformance):
    """The connector at a service provider; it ends appointments of people, and removes groups."""

    connector_class = ScimMonitor

    @pytest.fixture(autouse=True)
    def _at_a_provider(self, scim: ScimProvider) -> Iterator[None]:
        self.provider = scim
        with between(f"http://127.0.0.1:{scim.port}") as self.server:
            yield

    def connection(self) -> Connection:
        return self._connection()

    def make_third_party(self) -> None:
        self.tenant = self.provider.new_tenant()
        self.server.spoil = lambda method, path, answer: answer
        ann, bo = (self.tenant.user(name) for name in ("ann", "bo"))
        self.red, _ = self.tenant.group("red", ann), self.tenant.group("blue", bo)

    def change(self) -> None:
        self.tenant.user("cy")

    def remove_one(self) -> None:
        self.tenant.delete(f"Groups/{self.red}")

    def make_unavailable(self) -> None:
        """Have the provider fail."""
        self.server.spoil = lambda method, path, answer: Answer(500, b"", {})

    def wrong_connections(self) -> Sequence[Connection]:
        return [
            Connection(),
            connection_to("ldap://x"),
            self._connection(pageSize=1),
            self._connection(tokenEndpoint="x"),
        ]

    def _connection(self, **settings: Any) -> Connection:
        address = self.server.address + urlsplit(self.tenant.url).path
        made = connection_to(address, **({"pageSize": 2, "fullScanSeconds": 0} | settings))
        made.secured_properties = {"token": Secret(TOKEN)}
        return made


class TestScimReceiver(ConnectorConformance):
    """The connector on received users and groups, which another process changes beside it."""

    connector_class = ScimReceiver
    unavailable_errors = (PropertyServerError,)
    """Its third party is a file of the daemon."""

    def connection(self) -> Connection:
        return Connection()

    def make_third_party(self) -> None:
        ann, bo = (self._create(ResourceKind.USER, userName=name) for name in ("ann", "bo"))
        self.red = self._create(ResourceKind.GROUP, displayName="red", members=[{"value": ann}])
        self._create(ResourceKind.GROUP, displayName="blue", members=[{"value": bo}])

    def change(self) -> None:
        self._create(ResourceKind.USER, userName="cy")

    def remove_one(self) -> None:
        with self._opened() as database:
            ResourceWriter(database).delete(ResourceKind.GROUP, self.red, None)

    def make_unavailable(self) -> None:
        """Damage the file."""
        with self._opened() as database:
            database.execute("DROP TABLE member; DROP TABLE resource")

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(configuration_properties={"organizationName": 7})]

    def _create(self, kind: ResourceKind, **content: Any) -> str:
        with self._opened() as database:
            return ResourceWriter(database).create(kind, content)

    @contextmanager
    def _opened(self) -> Iterator[apsw.Connection]:
        directory = self.directory / "organization-integrator"
        directory.mkdir(exist_ok=True)
        database = opened(directory / FILE)
        try:
            yield database
        finally:
            database.close()


class TestDatabaseMonitorOnAFile(ConnectorConformance):
    """The monitor on a SQLite file."""

    connector_class = DatabaseMonitor

    def connection(self) -> Connection:
        return connection_to(f"sqlite://{self.directory / 'hospital.sqlite'}")

    def make_third_party(self) -> None:
        self._execute("CREATE TABLE ward (id INTEGER PRIMARY KEY)", "CREATE TABLE patient (id INTEGER PRIMARY KEY)")

    def change(self) -> None:
        self._execute("ALTER TABLE patient ADD COLUMN born DATE")

    def remove_one(self) -> None:
        self._execute("DROP TABLE ward")

    def make_unavailable(self) -> None:
        """Damage the file, so that its pages cannot be read."""
        path = self.directory / "hospital.sqlite"
        path.write_bytes(path.read_bytes()[:100].ljust(8192, b"\xff"))

    def wrong_connections(self) -> Sequence[Connection]:
        settings: list[dict[str, Any]] = [{"statementTimeoutSeconds": "soon"}, {"includeTables": 7}]
        address = self.connection().address
        return [Connection(), connection_to("oracle:x"), *(connection_to(address, **each) for each in settings)]

    def _execute(self, *statements: str) -> None:
        connection = apsw.Connection(str(self.directory / "hospital.sqlite"))
        for statement in statements:
            connection.execute(statement)
        connection.close()


class TestDatabaseMonitorOnPostgres(ConnectorConformance):
    """The monitor on a database of a PostgreSQL server."""

    connector_class = DatabaseMonitor

    @pytest.fixture(autouse=True)
    def _on_a_server(self, postgres: PostgresServer) -> None:
        self.server = postgres

    def connection(self) -> Connection:
        return connection_to(self.address)

    def make_third_party(self) -> None:
        self.address = self.server.new_database()
        self._execute("CREATE TABLE ward (id INTEGER PRIMARY KEY)", "CREATE TABLE patient (id INTEGER PRIMARY KEY)")

    def change(self) -> None:
        self._execute("ALTER TABLE patient ADD COLUMN born DATE")

    def remove_one(self) -> None:
        self._execute("DROP TABLE ward")

    def make_unavailable(self) -> None:
        """Make the database refuse new connections, and end its connections."""
        name = self._name
        self.server.execute(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )

    @property
    def _name(self) -> str:
        return self.address.rpartition("/")[2]

    def _execute(self, *statements: str) -> None:
        self.server.execute(*statements, database=self._name)
