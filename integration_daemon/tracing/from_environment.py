"""Traces, if the environment variables of OpenTelemetry enable them; only then is OpenTelemetry imported."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import trio

from audit.masking import shown_text
from audit.message import AuditMessage
from integration_daemon.rest.traced import RequestTracing
from integration_daemon.supervision.tracing import RefreshTracing
from integration_daemon.tracing import messages

FLUSH = 2.0
"""Seconds in which the last spans are sent, at most, when the process ends."""
PROTOCOL = "http/protobuf"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

Record = Callable[[AuditMessage, BaseException | None, dict[str, object]], None]
"""Logs a record about no particular server. May be called from any thread."""


class Tracing(RefreshTracing, RequestTracing, Protocol):
    """Traces refreshes and requests."""

    def close(self) -> None:
        """Send the waiting spans. Blocks until the receiver has taken them."""


def problem_of(environment: Mapping[str, str]) -> str | None:
    """The reason why traces cannot be sent; empty if they can, `None` if the environment does not enable them."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    is_asked_for = bool(exporter) or any(environment.get(each) for each in _ENDPOINTS)
    is_disabled = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if not is_asked_for or is_disabled or exporter == "none":
        return None
    if exporter not in ("", "otlp"):
        return f"OTEL_TRACES_EXPORTER is {exporter}, and only otlp is supported"
    general = environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL)
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", general).strip().lower()
    if protocol not in ("", PROTOCOL):
        return f"the protocol of OTLP is {protocol}, and only {PROTOCOL} is supported"
    return ""


@asynccontextmanager
async def open_tracing(
    environment: Mapping[str, str], record: Record, seconds_left: Callable[[], float]
) -> AsyncIterator[Tracing | None]:
    """A context with traces; `None` if they are not enabled, or cannot be sent.

    At its end the last spans are sent within `FLUSH` seconds, or within the time that the process has left.
    """
    report = partial(_report, record, messages.TRACES_NOT_SENT)
    problem = problem_of(environment)
    tracing: Tracing | None = None
    if problem:
        report(problem)
    elif problem is not None:
        tracing = await trio.to_thread.run_sync(_opened, report, environment)
    try:
        yield tracing
    finally:
        if tracing is not None:
            with trio.move_on_after(max(0.0, min(FLUSH, seconds_left())), shield=True) as scope:
                await trio.to_thread.run_sync(tracing.close, abandon_on_cancel=True)
            if scope.cancelled_caught:
                report(f"the last spans were not taken within {FLUSH:g} seconds")


def _opened(report: Callable[[str], None], environment: Mapping[str, str]) -> Tracing | None:
    try:
        from integration_daemon.tracing.open_telemetry import OpenTelemetry, redirect_warnings  # an extra

        redirect_warnings(report, environment)
        return OpenTelemetry()
    except ImportError:
        report("its packages are not installed: pip install 'integration-daemon[opentelemetry]'")
        return None
    except Exception as error:  # invalid settings: the daemon runs without traces
        report(f"{type(error).__name__}: {error}")
        return None


def _report(record: Record, message: AuditMessage, problem: str) -> None:
    record(message, None, {"problem": shown_text(problem)})
