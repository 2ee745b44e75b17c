"""A small object store for tests, with the few requests of the S3 API that a catalogue of tables makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class ObjectStore(ThreadingHTTPServer):
    """Objects by path, in memory."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ObjectStore

    def do_GET(self) -> None:
        found = self.server.objects.get(self._name)
        self._answer(404 if found is None else 200, found or b"")

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        content = _content(self.rfile.read(int(self.headers["Content-Length"])), self.headers.get("Content-Encoding"))
        self.server.objects[self._name] = content
        self._answer(200, b"", content)

    def do_POST(self) -> None:
        """The deletion of several objects, which are kept."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"<DeleteResult/>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    @property
    def _name(self) -> str:
        return self.path.partition("?")[0]

    def _answer(self, status: int, body: bytes, content: bytes | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        digest = md5(body if content is None else content, usedforsecurity=False)
        self.send_header("ETag", f'"{digest.hexdigest()}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _content(body: bytes, encoding: str | None) -> bytes:
    """The content of a request, which may come in chunks that are signed."""
    if "aws-chunked" not in (encoding or ""):
        return body
    content = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.partition(b";")[0] or b"0", 16)
        content, body = content + body[:size], body[size + 2 :]
        if not size:
            break
    return content


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A running object store, until the block ends."""
    with ObjectStore() as store:
        thread = Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()
