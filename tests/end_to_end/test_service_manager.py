"""The program under a service manager: readiness, reloads, the watchdog, the end, and sockets that are passed to it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from integration_daemon.service_manager import ServiceManager
from tests.end_to_end.program import PATIENCE, PROGRAM, environment
from tests.servers.ports import free_port


class Manager:
    """The receiving end of the notifications."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path.replace("@", "\0"))
        self._socket.settimeout(PATIENCE)

    def heard(self, beginning: str) -> dict[str, str]:
        """The next notification that begins so; the others before it are dropped."""
        while True:
            lines = self._socket.recv(4096).decode().splitlines()
            if lines[0].startswith(beginning):
                return dict(line.split("=", 1) for line in lines)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify") if request.param == "path" else f"@tests-{os.getpid()}")
    yield made
    made.close()


@contextmanager
def started(directory: Path, *command: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*command, *PROGRAM, "run"], cwd=directory, stderr=subprocess.PIPE, env={**environment(), **variables}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_the_service_manager_is_told_of_readiness_reloads_life_and_the_end(manager: Manager, tmp_path: Path) -> None:
    variables = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000"}
    command = ["sh", "-c", f'exec "$@" --port {free_port()}', "sh"]
    with started(tmp_path, *command, **variables) as process:
        assert manager.heard("READY")["STATUS"].startswith("serving http://127.0.0.1:")
        assert manager.heard("WATCHDOG") == {"WATCHDOG": "1"}
        process.send_signal(signal.SIGHUP)
        assert int(manager.heard("RELOADING")["MONOTONIC_USEC"]) > 0
        assert manager.heard("READY")["READY"] == "1"
        process.send_signal(signal.SIGTERM)
        assert int(manager.heard("STOPPING")["EXTEND_TIMEOUT_USEC"]) > 1_000_000
        assert process.wait(PATIENCE) == 0


def test_a_reload_before_the_process_is_ready_does_not_make_it_so(manager: Manager) -> None:
    told = ServiceManager(manager.path)
    with told.reloading():
        pass
    told.ready("serving")
    assert manager.heard("") == {"READY": "1", "STATUS": "serving"}
    with told.reloading():
        assert manager.heard("")["RELOADING"] == "1"
    assert manager.heard("")["READY"] == "1"


def test_a_service_manager_that_is_gone_does_not_matter(tmp_path: Path) -> None:
    variables = {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "2000000"}
    with started(tmp_path, "sh", "-c", f'exec "$@" --port {free_port()}', "sh", **variables) as process:
        assert process.stderr is not None
        while b"ready: " not in (line := process.stderr.readline()):
            assert line
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_the_daemon_serves_on_the_sockets_that_it_is_passed(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "socket"
    activate = ["systemd-socket-activate", "-E", "PYTHONPATH", "--listen", f"127.0.0.1:{port}", "--listen", str(path)]
    with started(tmp_path, *activate):
        while not path.exists():
            os.sched_yield()
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), timeout=PATIENCE) as client:
            assert client.get("http://localhost/api/v1/servers").status_code == 200  # as its own user
        assert httpx2.get(f"http://127.0.0.1:{port}/api/v1/servers", timeout=PATIENCE).status_code == 401


def test_a_passed_socket_that_others_can_reach_needs_tls_as_any_does(tmp_path: Path) -> None:
    port = free_port()
    with (
        started(tmp_path, "systemd-socket-activate", "-E", "PYTHONPATH", "--listen", f"0.0.0.0:{port}") as process,
        socket.socket() as client,
    ):
        while client.connect_ex(("127.0.0.1", port)):
            os.sched_yield()
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert b"0.0.0.0" in process.stderr.read()


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        ([socket.SOCK_DGRAM], "one is not a stream socket that listens"),
        ([socket.SOCK_STREAM, socket.SOCK_STREAM], "there may be one for TCP and one Unix socket"),
    ],
)
def test_sockets_that_cannot_be_served_are_refused(
    tmp_path: Path, kinds: list[socket.SocketKind], problem: str
) -> None:
    passing = """
import os, socket, sys
kept = [socket.socket(type=int(kind)) for kind in sys.argv[1].split()]
for number, each in enumerate(kept):
    if each.type == socket.SOCK_STREAM:
        each.listen()
    os.dup2(each.fileno(), 20 + number)
for number in range(len(kept)):
    os.dup2(20 + number, 3 + number)
os.environ.update(LISTEN_FDS=str(len(kept)), LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""
    command = [sys.executable, "-c", passing, " ".join(str(int(each)) for each in kinds), *PROGRAM, "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, problem in done.stderr) == (1, True), done.stderr
