"""A server that looks like PostgreSQL, asks everybody for the password in clear, and keeps what it is told."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PASSWORD_IN_CLEAR = b"R" + struct.pack("!ii", 8, 3)
_NO = b"N"
_TLS_WANTED, _GSS_WANTED = 80877103, 80877104


class Thief:
    """The server, and the passwords that it got."""

    def __init__(self, port: int) -> None:
        self.address = f"postgresql://me@127.0.0.1:{port}/db"
        self.passwords: list[str] = []
        self.callers = 0


@contextmanager
def thief() -> Iterator[Thief]:
    """Listens on a free port of loopback until the end of the block."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            found.callers += 1
            while struct.unpack("!i", self._startup()[:4])[0] in (_TLS_WANTED, _GSS_WANTED):
                self.wfile.write(_NO)
            self.wfile.write(_PASSWORD_IN_CLEAR)
            if self.rfile.read(1) == b"p":
                found.passwords.append(self._startup().rstrip(b"\0").decode())

        def _startup(self) -> bytes:
            return self.rfile.read(struct.unpack("!i", self.rfile.read(4))[0] - 4)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        found = Thief(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
