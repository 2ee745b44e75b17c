"""A Unix socket for the commands of the user that the daemon runs as, who needs no token there."""

import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.program import Certificates, command, running


@contextmanager
def in_use(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        yield


def servers(path: Path) -> httpx2.Response:
    """The answer to a request without a token."""
    with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path))) as client:
        return client.get("http://localhost/api/v1/servers")


def test_the_command_line_finds_the_socket_and_needs_no_token(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with running(tmp_path, "--socket", "socket") as program:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        shown = command("status", cwd=tmp_path)
        assert (shown.returncode, f"at unix:{path}" in shown.stdout) == (0, True)
        elsewhere = command("refresh", "--url", f"unix:{path}")
        assert elsewhere.returncode == 0
        link = command("console", cwd=tmp_path).stdout.strip()
        assert link.startswith(program.url)
        assert httpx2.get(link).status_code == 303
        assert servers(path).status_code == 200
        (tmp_path / "data" / "security" / "local-token").unlink()
        assert command("status", cwd=tmp_path).returncode == 0
    assert not path.exists()
    result = command("status", "--url", f"unix:{path}")
    assert (result.returncode, f"no answer from unix:{path}" in result.stderr) == (1, True)


def test_over_tls_the_socket_needs_no_certificate(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    assert command("token", "create", "--name", "ci", "--role", "viewer", cwd=tmp_path).returncode == 0
    options = ["--host", "0.0.0.0", *certificates.options, "--socket", "socket"]
    with running(tmp_path, *options, ca=certificates.ca) as program:
        assert command("status", cwd=tmp_path).returncode == 0
        assert command("console", cwd=tmp_path).stdout.startswith(program.url + "/login/")


def test_a_token_that_is_given_counts_on_the_socket_too(tmp_path: Path) -> None:
    with running(tmp_path, "--socket", "socket"):
        token = command("token", "create", "--name", "ci", "--role", "viewer", cwd=tmp_path).stdout.strip()
        while command("status", cwd=tmp_path, token=token).returncode != 0:
            pass
        assert "does not have the permission OPERATE" in command("refresh", cwd=tmp_path, token=token).stderr


def test_a_socket_that_a_killed_daemon_left_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, "--socket", "socket") as program:
        program.process.kill()
        program.process.wait()
    assert (tmp_path / "socket").is_socket()
    with running(tmp_path, "--socket", "socket"):
        assert command("status", cwd=tmp_path).returncode == 0


def test_a_daemon_without_a_socket_is_found_at_its_address(tmp_path: Path) -> None:
    with running(tmp_path, "--socket", "socket"):
        pass
    with running(tmp_path) as program:
        assert not (tmp_path / "data" / "security" / "local-socket").exists()
        assert command("status", "--url", program.url, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("made", ["file", "in use", "open directory", "no directory", "long"])
def test_a_path_that_cannot_be_used_keeps_the_platform_from_starting(made: str, tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    directory.mkdir(mode=0o700)
    path = directory / ("x" * 100 if made == "long" else "socket")
    if made == "file":
        path.write_text("mine")
    if made == "open directory":
        directory.chmod(0o777)
    if made == "no directory":
        directory.rmdir()
    if made == "in use":
        with in_use(path):
            refused = command("run", "--port", "0", "--socket", str(path), cwd=tmp_path)
        assert path.is_socket()
    else:
        refused = command("run", "--port", "0", "--socket", str(path), cwd=tmp_path)
    assert refused.returncode == 1
    assert f"OMAG-PLATFORM-400-186 The platform cannot listen on the Unix socket {path}" in refused.stderr
    assert made != "file" or path.read_text() == "mine"
