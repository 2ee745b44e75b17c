"""Traces, if the environment variables of OpenTelemetry ask for them. Nothing of it is imported otherwise."""

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
"""Seconds, at most, in which the last spans are sent when the process ends."""
PROTOCOL = "http/protobuf"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

Record = Callable[[AuditMessage, BaseException | None, dict[str, object]], None]
"""Logs a record that concerns no particular server. May be called from any thread."""


class Tracing(RefreshTracing, RequestTracing, Protocol):
    """Follows refreshes and requests."""

    def close(self) -> None:
        """Send what waits. Blocks, for as long as the receiver lets it."""


def problem_of(environment: Mapping[str, str]) -> str | None:
    """Why traces cannot be sent as the environment says; empty if they can, `None` if it does not ask for them."""
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
    """Traces until the block ends; `None` if they are not asked for, or cannot be sent.

    The last spans are sent within `FLUSH` seconds, or those that the process has left.
    """
    tell = partial(_tell, record, messages.TRACES_NOT_SENT)
    problem = problem_of(environment)
    tracing: Tracing | None = None
    if problem:
        tell(problem)
    elif problem is not None:
        tracing = await trio.to_thread.run_sync(_opened, tell, environment)
    try:
        yield tracing
    finally:
        if tracing is not None:
            with trio.move_on_after(max(0.0, min(FLUSH, seconds_left())), shield=True) as scope:
                await trio.to_thread.run_sync(tracing.close, abandon_on_cancel=True)
            if scope.cancelled_caught:
                tell(f"the last spans were not taken within {FLUSH:g} seconds")


def _opened(tell: Callable[[str], None], environment: Mapping[str, str]) -> Tracing | None:
    try:
        from integration_daemon.tracing.open_telemetry import OpenTelemetry, hear  # an extra

        hear(tell, environment)
        return OpenTelemetry()
    except ImportError:
        tell("its packages are not installed: pip install 'integration-daemon[opentelemetry]'")
        return None
    except Exception as error:  # settings that it cannot use: the daemon runs without traces
        tell(f"{type(error).__name__}: {error}")
        return None


def _tell(record: Record, message: AuditMessage, problem: str) -> None:
    record(message, None, {"problem": shown_text(problem)})
