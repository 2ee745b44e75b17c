"""A receiver of traces by OTLP over HTTP, which keeps the spans that it gets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE = 60.0


class Span:
    """A span, with its attributes as a mapping."""

    def __init__(self, span: Any, resource: dict[str, Any]) -> None:
        self.name: str = span.name
        self.trace: str = span.trace_id.hex()
        self.parent: str = span.parent_span_id.hex()
        self.is_error = span.status.code == span.status.STATUS_CODE_ERROR
        self.attributes = _mapping(span.attributes)
        self.resource = resource
        self.nanoseconds: int = span.end_time_unix_nano - span.start_time_unix_nano


class Receiver:
    """The spans, and what else is of interest."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw = b""
        """Everything that was sent, headers included."""
        self.port = 0
        self.status = 200
        self.is_silent = False
        """True: it does not answer."""
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        """For `OTEL_EXPORTER_OTLP_ENDPOINT`."""
        return f"http://127.0.0.1:{self.port}"

    def named(self, name: str) -> list[Span]:
        """The spans with this name."""
        return [each for each in self.spans if each.name == name]

    def wait_for(self, name: str) -> Span:
        """Wait for a span with this name."""
        last = time.monotonic() + PATIENCE
        while not (found := self.named(name)):
            assert time.monotonic() < last, sorted({each.name for each in self.spans})
            time.sleep(0.02)
        return found[0]

    def take(self, path: str, headers: str, content: bytes) -> int:
        """Keep the spans of a request, and return the status of the answer."""
        self.raw += headers.encode() + content
        if self.is_silent:
            self.ended.wait(PATIENCE)
        if path != "/v1/traces" or self.status != 200:
            return 404 if self.status == 200 else self.status
        for each in ExportTraceServiceRequest.FromString(content).resource_spans:
            resource = _mapping(each.resource.attributes)
            self.spans += [Span(span, resource) for scope in each.scope_spans for span in scope.spans]
        return 200


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """A receiver at a free port, until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(self.path, str(self.headers), content))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
            thread.join()


def _mapping(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
