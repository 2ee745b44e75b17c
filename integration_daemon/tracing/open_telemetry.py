"""Spans of OpenTelemetry for refreshes and requests, sent by OTLP over HTTP. Its packages are an extra.

The standard environment variables `OTEL_...` configure everything. A span contains names, numbers and kinds, but no
texts from a connector or a caller, which may contain secrets.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from urllib.parse import unquote

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from audit.masking import MASK
from integration_daemon.supervision.tracing import RefreshEnd, RefreshOutcome

NAME = "integration-daemon"
_PREFIX = "integration_daemon."
_UNNAMED = "unknown_service"
_COUNTS = ("seen", "created", "updated", "removed", "held", "rejected")
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
_WORD_OF_A_HEADER = re.compile(r"[^\s=,;:'\"\\]{4,}")
_ROOT = Context()
"""The empty context: a refresh has no parent span, since its task serves refreshes of unrelated origins."""


class OpenTelemetry:
    """Creates spans, which another thread sends. All methods but `close` are for the event loop's thread."""

    def __init__(self) -> None:
        """Read the settings in the environment. Blocks; raises `ValueError` or `OSError` for invalid settings."""
        exporter = OTLPSpanExporter()
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(NAME, version(NAME))
        self._propagator = TraceContextTextMapPropagator()

    def begin_refresh(self, server: str, service: str, connector: str) -> Callable[[RefreshEnd], None]:
        """See `RefreshTracing`."""
        names = {_PREFIX + "server": server, _PREFIX + "service": service, _PREFIX + "connector": connector}
        span = self._tracer.start_span("refresh", context=_ROOT, attributes=names)

        def end(ended: RefreshEnd) -> None:
            if span.is_recording():
                span.set_attributes(_attributes(ended))
                if ended.outcome is RefreshOutcome.FAILED:
                    span.set_status(Status(StatusCode.ERROR, ended.failure_kind))
            span.end()

        return end

    def begin_request(self, method: str, route: str, header: Callable[[str], str | None]) -> Callable[[int], None]:
        """See `RequestTracing`; the span belongs to the trace that the header `traceparent` names."""
        sent = {name: text for name in self._propagator.fields if (text := header(name)) is not None}
        parent = self._propagator.extract(sent, _ROOT)
        asked = {"http.request.method": method, "http.route": route}
        span = self._tracer.start_span(f"{method} {route}", context=parent, kind=SpanKind.SERVER, attributes=asked)

        def end(status: int) -> None:
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
            span.end()

        return end

    def close(self) -> None:
        """Send the waiting spans. Blocks until the receiver has taken them."""
        self._provider.shutdown()


class Problems(logging.Handler):
    """Reports warnings of OpenTelemetry, each kind of warning once, with secret words masked."""

    def __init__(self, report: Callable[[str], None], secrets: Iterable[str]) -> None:
        super().__init__(logging.WARNING)
        self._report = report
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._reported: set[object] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Report a warning. Called on any thread."""
        if record.msg not in self._reported:
            self._reported.add(record.msg)
            text = record.getMessage()
            for each in self._secrets:
                text = text.replace(each, MASK)
            self._report(text)


def redirect_warnings(report: Callable[[str], None], environment: Mapping[str, str]) -> None:
    """Redirect warnings of OpenTelemetry from standard error to `report`.

    Some warnings contain the configured headers, encoded or decoded. Headers are secrets, so their words are masked.
    """
    headers = [environment.get(each, "") for each in _HEADERS]
    secrets = {word for each in headers for text in (each, unquote(each)) for word in _WORD_OF_A_HEADER.findall(text)}
    logger = logging.getLogger("opentelemetry")
    logger.handlers[:] = [Problems(report, secrets)]
    logger.propagate = False


def _resource() -> Resource:
    found = Resource.create()
    if str(found.attributes.get(SERVICE_NAME, _UNNAMED)).startswith(_UNNAMED):
        found = found.merge(Resource({SERVICE_NAME: NAME}))
    return Resource({SERVICE_VERSION: version(NAME)}).merge(found)


def _attributes(ended: RefreshEnd) -> dict[str, str | int]:
    found: dict[str, str | int] = {_PREFIX + "outcome": ended.outcome.value}
    if ended.failure_kind:
        found[_PREFIX + "failure.kind"] = ended.failure_kind
    if (report := ended.report) is not None:
        for name in _COUNTS:
            found[f"{_PREFIX}elements.{name}"] = getattr(report, name)
    return found
