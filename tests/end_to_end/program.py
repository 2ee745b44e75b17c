"""The program, run as a user runs it: in its own process, by command line and HTTP."""

import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import trustme

PROGRAM = [sys.executable, "-m", "integration_daemon"]
PATIENCE = 30.0


class Running:
    """A running platform."""

    def __init__(self, process: subprocess.Popen[str], directory: Path, ca: Path | None) -> None:
        self.process = process
        self._directory = directory
        self.url = ""
        self.token = ""
        self.output: list[str] = []
        self.errors: list[str] = []
        self._ca = ca
        # without TLS, the authorities of the machine are not loaded: that takes longer than many requests
        self._http = httpx2.Client(verify=ssl.create_default_context(cafile=str(ca)) if ca else False, timeout=PATIENCE)
        self._ready = threading.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(process.stdout, self.output)),
            threading.Thread(target=self._read, args=(process.stderr, self.errors)),
        ]
        for reader in self._readers:
            reader.start()

    def wait_until_ready(self) -> None:
        """Wait for the line with the URL; requests are then made as the local user."""
        assert self._ready.wait(PATIENCE), self.errors
        assert self.url, self.errors
        file = self._directory / "data" / "security" / "local-token"
        if file.exists():  # not with `--authentication none`
            self.token = file.read_text()
            self._http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str) -> Any:
        """The decoded answer to a GET."""
        return self._http.get(self.url + path).json()

    def text_of(self, path: str) -> str:
        """The undecoded answer to a GET."""
        return self._http.get(self.url + path).text

    def status_of(self, path: str, **headers: str) -> int:
        """The HTTP status of the answer to a GET."""
        return self._http.get(self.url + path, headers=headers).status_code

    def post(self, path: str, body: Any = None) -> Any:
        """The decoded answer to a POST."""
        return self._http.post(self.url + path, json=body).json()

    def delete(self, path: str) -> Any:
        """The decoded answer to a DELETE."""
        return self._http.delete(self.url + path).json()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a client command against the platform."""
        trust = ["--ca-bundle", str(self._ca)] if self._ca else []
        return command(*arguments, "--url", self.url, *trust, token=self.token)

    @property
    def options(self) -> list[str]:
        """The options for a command: the address of the platform, and the identity of the caller."""
        return ["--url", self.url, "--token", self.token]

    def console_link(self, token: str | None = None) -> str:
        """A link that logs a browser in once, as the local user or as the caller with a token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = self._http.post(self.url + "/api/v1/console-links", headers=headers)
        return self.url + str(answer.json()["path"])

    def end(self) -> int:
        """Stop the program and return its exit status."""
        self._http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            found = re.search(r"ready: the console page is at (\w+://[^/]+)/", line)
            if found:
                self.url = found.group(1)
                self._ready.set()
        self._ready.set()


@contextmanager
def running(
    directory: Path, *arguments: str, ca: Path | None = None, python_path: Path | None = None, port: int = 0
) -> Iterator[Running]:
    """Run the program in a directory, on a free port, until the block ends; it is ready at the beginning."""
    paths = [str(python_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    more = {"PYTHONPATH": os.pathsep.join(paths)} if python_path else {}
    directory.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*PROGRAM, "run", *arguments, "--port", str(port)],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "PYTHONUNBUFFERED": "1", **more},
    )
    program = Running(process, directory, ca)
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.end()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def environment() -> dict[str, str]:
    """The environment without the size of a terminal, which readline (imported by pytest) adds to it."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}


def command(*arguments: str, cwd: Path | None = None, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env={**environment(), "INTEGRATION_DAEMON_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Certificates:
    """A certificate for localhost and its certificate authority, as files."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        self.ca, self.cert, self.key = (directory / name for name in ("ca.pem", "cert.pem", "key.pem"))
        authority.cert_pem.write_to_path(self.ca)
        certificate.private_key_pem.write_to_path(self.key)
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(self.cert, append=number > 0)

    @property
    def options(self) -> list[str]:
        """The command line options for these files."""
        return ["--tls-cert", str(self.cert), "--tls-key", str(self.key), "--ca-bundle", str(self.ca)]
