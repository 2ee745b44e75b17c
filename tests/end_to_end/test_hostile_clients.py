"""Clients that send nonsense: the program answers other clients, leaks nothing, and stops normally."""

import os
import socket
import time
from pathlib import Path

import pytest

from tests.end_to_end.program import Running, running

POST = b"POST /nope HTTP/1.1\r\nHost: localhost\r\n"
NONSENSE = {
    "bad chunk": (POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", False),
    "bad chunk on a kept connection": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n", False),
    "garbage after a request": (b"GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n\x00\x01garbage\r\n\r\n", False),
    "half-closed body": (POST + b"Content-Length: 100\r\n\r\n0123456789", True),
    "half-closed chunk": (POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", True),
}
UPGRADE = (
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\nUpgrade: "
)


def ask(program: Running, request: bytes, *, half_close: bool = False) -> bytes:
    """The answer of the program within a third of a second, or until it closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", int(program.url.rpartition(":")[2])), 30) as client:
        client.settimeout(0.3)
        try:
            client.sendall(request)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionError):
            pass
    return answer


def descriptors(program: Running) -> int:
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))


def test_malformed_requests_do_not_end_the_program(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        for request, half_close in NONSENSE.values():
            for _ in range(100):
                ask(program, request, half_close=half_close)
            assert program.process.poll() is None
        assert program.command("status").returncode == 0
        assert program.end() == 0


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (UPGRADE + b"h2c\r\n\r\n", b"200"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505"),
        (UPGRADE + b"websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AA==\r\n\r\n", b"400"),
    ],
    ids=["h2c", "HTTP/2", "WebSocket"],
)
def test_refused_upgrades_leave_no_descriptors_open(request_: bytes, status: bytes, tmp_path: Path) -> None:
    with running(tmp_path) as program:
        assert ask(program, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        before = descriptors(program)
        assert ask(program, request_).startswith(b"HTTP/1.1 " + status)
        for _ in range(500):
            with socket.create_connection(("127.0.0.1", int(program.url.rpartition(":")[2])), 30) as client:
                client.sendall(request_)
        for _ in range(600):
            if descriptors(program) <= before:
                break
            time.sleep(0.05)  # the program runs in another process
        assert descriptors(program) <= before
        assert program.end() == 0
