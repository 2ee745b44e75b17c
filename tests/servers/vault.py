"""A vault that answers as the key-value engine of HashiCorp Vault, version 2, and takes only what that takes."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hvs.CAESIJlU9JMYEhOPYv4igdhm9PnZDrabYTobQ4Ymnlq1qY"


class Vault:
    """The server: its secrets by path, what it was asked, and what is the matter with it."""

    def __init__(self) -> None:
        self.url = ""
        self.secrets: dict[str, dict[str, Any]] = {}
        """By the path in the API, behind `/v1/`."""
        self.asked: list[str] = []
        self.namespace: str | None = None
        self.status = 200
        self.body: bytes | None = None
        self.encoding = ""
        self.endless = b""
        """Sent again and again behind the head of the answer."""
        self.pause = threading.Event()
        """Set: pieces are sent without a pause between them."""
        self.ended = threading.Event()

    def answer(self, path: str, token: str | None, namespace: str | None, request: str | None) -> tuple[int, bytes]:
        """The status and the body for a request."""
        self.asked.append(path)
        if self.body is not None or self.status != 200:
            return self.status, self.body or b'{"errors":["x"]}'
        if request != "true" or token != TOKEN or namespace != self.namespace:
            return 403, b'{"errors":["permission denied"]}'
        values = self.secrets.get(path.removeprefix("/v1/"))
        if values is None:
            return 404, b'{"errors":[]}'
        metadata = {"created_time": "2026-11-25T22:00:00Z", "deletion_time": "", "destroyed": False, "version": 1}
        return 200, json.dumps({"lease_duration": 0, "data": {"data": values, "metadata": metadata}}).encode()


@contextmanager
def vault(tls: ssl.SSLContext | None = None) -> Iterator[Vault]:
    """Listens on a free port of loopback until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = ("X-Vault-Token", "X-Vault-Namespace", "X-Vault-Request")
            status, body = found.answer(self.path, *(self.headers[name] for name in names))
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "http://127.0.0.1:9/v1/elsewhere")
            if found.encoding:
                self.send_header("Content-Encoding", found.encoding)
            self.end_headers()
            self.wfile.write(body)
            while found.endless and not found.ended.is_set():
                try:
                    self.wfile.write(found.endless)
                except OSError:
                    return
                found.pause.wait(0.01)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    found = Vault()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        found.url = f"{'http' if tls is None else 'https'}://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            found.ended.set()
            server.shutdown()
            thread.join()
