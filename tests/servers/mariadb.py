"""A MariaDB server of the tests' own: made from the machine's binaries, in a directory that goes with it.

Installing them is up to the machine (Debian: `apt-get install mariadb-server`): without them the tests fail and say so.
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

import pymysql

from tests.servers.ports import free_port


class MariaDBServer:
    """A server that can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self._user = _user()
        self._process: subprocess.Popen[bytes] | None = None
        command = [_binary("mariadb-install-db"), "--no-defaults", f"--datadir={directory / 'data'}"]
        command += ["--auth-root-authentication-method=normal", "--skip-test-db", f"--user={self._user}"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}{done.stdout}")

    def address(self, database: str = "", user: str = "root") -> str:
        """How it is reached."""
        return f"mariadb://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        """Run statements as its owner."""
        with (
            pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def rows(self, *statements: str) -> list[tuple[Any, ...]]:
        """What the last of these statements answers, asked as its owner."""
        with (
            pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def start(self) -> None:
        """Start it, and wait until it lets us in."""
        data, log = self._directory / "data", self._directory / "log"
        command = [_binary("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={self.port}"]
        command += ["--bind-address=127.0.0.1", f"--socket={self._directory / 'socket'}", f"--user={self._user}"]
        command += ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", f"--pid-file={self._directory / 'pid'}"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=self._directory, stderr=output, stdout=output)
        for _ in range(400):
            try:
                self.execute()
            except pymysql.MySQLError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"MariaDB did not start: {log.read_text()}")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def mariadb_server() -> Iterator[MariaDBServer]:
    """A running server, until the block ends."""
    directory = Path(mkdtemp(prefix="my-"))
    try:
        shutil.chown(directory, _user())
        server = MariaDBServer(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _binary(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not on this machine: install MariaDB (Debian: apt-get install mariadb-server)")
    return found


def _user() -> str:
    """Whom it runs as: rather not as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in ("mysql", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return "root"
