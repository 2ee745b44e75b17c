"""A PostgreSQL server for tests, run with the programs installed on this machine."""

import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import trustme

from tests.servers.process import ServerProcess, server_of

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "max_connections": "60",
    "log_min_messages": "fatal",
    "autovacuum": "off",  # it would change estimates and sizes during a test
}
ACCESS = """
host all owner 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
PASSWORD = "no-secret-of-anybody"


class PostgresServer(ServerProcess):
    """A server whose `owner` needs no password."""

    name, package = "PostgreSQL", "postgresql"
    homes = "usr/lib/postgresql/*/bin"
    users = ("postgres", "nobody")

    _databases = 0

    def make(self) -> None:
        data = self.directory / "data"
        self.run("initdb", "-D", str(data), "-U", "owner", "-E", "UTF8", "--locale", "C.UTF-8", "-A", "trust")
        (data / "pg_hba.conf").write_text(ACCESS)

    def command(self) -> Sequence[str]:
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        data = str(self.directory / "data")
        return [self.program("postgres"), "-D", data, f"-p{self.port}", f"-k{self.directory}", *settings]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str = "postgres", user: str = "owner") -> str:
        """The URL of a database of this server."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner of the server."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The result of a query, run as the owner of the server."""
        with psycopg.connect(self.url(database)) as connection:
            return connection.execute(sql).fetchall()

    def offer_tls(self) -> None:
        """Accept TLS connections too, which clients try first, with a self-signed certificate."""
        data = self.directory / "data"
        certificate = trustme.CA().issue_cert("127.0.0.1")
        for name, blob in (
            ("server.crt", certificate.cert_chain_pems[0]),
            ("server.key", certificate.private_key_pem),
        ):
            blob.write_to_path(data / name)
            shutil.chown(data / name, data.owner(), data.group())
            (data / name).chmod(0o600)
        self.execute("ALTER SYSTEM SET ssl = on")
        self.stop()
        self.start()

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        self._databases += 1
        name = f"database_{self._databases}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def kill(self) -> None:
        """End the server at once, as a power failure would."""
        self.end_by(signal.SIGQUIT)

    def discard(self) -> None:
        """End all processes of the server at once."""
        self.kill()

    def stop(self) -> None:
        """Stop the server, which ends the connections of its clients."""
        self.end_by(signal.SIGINT)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, until the block ends."""
    with server_of(PostgresServer) as server:
        yield server
