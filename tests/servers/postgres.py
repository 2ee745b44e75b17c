"""A PostgreSQL server of the tests' own: made from the machine's binaries, in a directory that goes with it.

Installing them is up to the machine (Debian: `apt-get install postgresql`): without them the tests fail and say so.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from tests.servers.ports import free_port

HOMES = "/usr/lib/postgresql"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "max_connections": "60",
    "log_min_messages": "fatal",
}
ACCESS = """
host all owner 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
PASSWORD = "no-secret-of-anybody"


class PostgresServer:
    """A server that can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._data = directory / "data"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        _run(
            _binary("initdb"), "-D", str(self._data), "-U", "owner", "-E", "UTF8", "--locale", "C.UTF-8", "-A", "trust"
        )
        (self._data / "pg_hba.conf").write_text(ACCESS)

    def url(self, database: str = "postgres", user: str = "owner") -> str:
        """How a database of it is reached."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as its owner."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What a query answers, asked as its owner."""
        with psycopg.connect(self.url(database)) as connection:
            return connection.execute(sql).fetchall()

    def new_database(self) -> str:
        """The URL of an empty database."""
        self._databases += 1
        name = f"database_{self._databases}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Start it, and wait until it lets us in."""
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        command = [_binary("postgres"), "-D", str(self._data), f"-p{self.port}", f"-k{self._directory}", *settings]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, user=_user(), cwd=self._directory, stderr=log)
        for _ in range(400):
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self._directory / 'log').read_text()}")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._signal(signal.SIGQUIT)

    def stop(self) -> None:
        """End it, and its clients' connections with it."""
        self._signal(signal.SIGINT)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=20)
            self._process = None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, until the block ends."""
    directory = Path(mkdtemp(prefix="pg-"))  # short: a socket's path has 107 bytes
    try:
        if (user := _user()) is not None:
            shutil.chown(directory, user)
        server = PostgresServer(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def _binary(name: str) -> str:
    found = shutil.which(name)
    homes = sorted(Path(HOMES).glob(f"*/bin/{name}")) if Path(HOMES).is_dir() else []
    if found is None and not homes:
        raise RuntimeError(f"{name} is not on this machine: install PostgreSQL (Debian: apt-get install postgresql)")
    return str(homes[-1]) if homes else str(found)


def _user() -> str | None:
    """Whom it runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no other user to run it as")


def _run(*command: str) -> None:
    done = subprocess.run(command, user=_user(), cwd="/", capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
