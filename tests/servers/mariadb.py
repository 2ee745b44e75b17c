"""A MariaDB server for tests, run with the programs installed on this machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql

from tests.servers.process import ServerProcess, server_of


class MariaDBServer(ServerProcess):
    """A server whose `root` needs no password."""

    name, package = "MariaDB", "mariadb-server"
    users = ("mysql", "nobody")

    def make(self) -> None:
        self.run(
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.directory / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )

    def command(self) -> Sequence[str]:
        return [
            self.program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.directory / 'data'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.directory / 'socket'}",
            f"--pid-file={self.directory / 'pid'}",
            "--innodb-flush-log-at-trx-commit=0",
        ]

    def answers(self) -> bool:
        try:
            self.execute()
        except pymysql.MySQLError:
            return False
        return True

    def address(self, database: str = "", user: str = "root") -> str:
        """The address of the server."""
        return f"mariadb://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Run statements as the owner of the server."""
        self.rows(*statements)

    def rows(self, *statements: str) -> list[tuple[Any, ...]]:
        """The result of the last of these statements, run as the owner of the server."""
        with (
            pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if statements else []


@contextmanager
def mariadb_server() -> Iterator[MariaDBServer]:
    """A running server, until the block ends."""
    with server_of(MariaDBServer) as server:
        yield server
