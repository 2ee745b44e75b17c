"""A server that stands between a connector and its third party: it counts requests, and spoils answers."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2


class Answer(NamedTuple):
    """An answer on its way."""

    status: int
    body: bytes
    headers: dict[str, str]


Spoil = Callable[[str, str, Answer], Answer]
"""A function that changes an answer, given the method and the path of its request."""
_BRANCH = re.compile(r"^/iceberg/branch\d+/v1/(?!config)")


class Between(ThreadingHTTPServer):
    """Forwards requests to a server of the test."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        parts = urlsplit(behind)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path
        self.requests: list[str] = []
        """Method and path of each request."""
        self.headers: list[dict[str, str]] = []
        self.spoil: Spoil = lambda method, path, answer: answer
        self.forwards: Callable[[str], bool] = lambda method: True
        """Whether a request of this method comes to the server at all."""
        self.is_nessie = True
        """False: it is a catalogue that has the Iceberg REST API alone, and gives entity tags."""
        self.ahead = 0
        """Seconds that its clock is ahead, as its answers tell."""
        self.lock = Lock()
        self.client = httpx2.Client(trust_env=False, timeout=60)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed before it had its answer."""

    @property
    def address(self) -> str:
        """The address to give to a connector."""
        return f"http://127.0.0.1:{self.server_port}{self.path}"

    def count(self, pattern: str) -> int:
        """The number of requests that match a pattern."""
        return sum(re.search(pattern, each) is not None for each in self.requests)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Between

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        between = self.server
        with between.lock:
            between.requests.append(f"{self.command} {self.path}")
            between.headers.append(dict(self.headers))
        host = f"127.0.0.1:{between.server_port}" if between.is_nessie else urlsplit(between.origin).netloc
        path = self.path if between.is_nessie else _BRANCH.sub("/iceberg/v1/", self.path)
        if not between.forwards(self.command):
            self._send(between.spoil(self.command, self.path, Answer(200, b"{}", {})))
            return
        found = between.client.request(
            self.command,
            between.origin + path,
            content=body,
            headers={
                "Host": host,
                "Content-Type": self.headers.get("Content-Type", "application/json"),
                **{name: self.headers[name] for name in ("Authorization",) if name in self.headers},
            },
        )
        answer = Answer(found.status_code, found.content, {"Content-Type": found.headers.get("Content-Type", "")})
        if not between.is_nessie and self.command == "GET" and "/tables/" in self.path and found.status_code == 200:
            answer = self._tagged(answer, found.json()["metadata-location"])
        self._send(between.spoil(self.command, self.path, answer))

    do_POST = do_GET
    do_DELETE = do_GET

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body)

    def _tagged(self, answer: Answer, location: str) -> Answer:
        tag = '"' + blake2b(location.encode(), digest_size=8).hexdigest() + '"'
        if self.headers.get("If-None-Match") == tag:
            return Answer(304, b"", {"ETag": tag})
        return answer._replace(headers={**answer.headers, "ETag": tag})

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time in an answer."""
        return super().date_time_string(int(time.time() + self.server.ahead))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def between(behind: str) -> Iterator[Between]:
    """A server before the one at this address, until the block ends."""
    with Between(behind) as server, server.client:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
