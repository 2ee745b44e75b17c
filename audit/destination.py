"""Where records go: the interface of a destination, and how one is made from its configuration."""

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from audit.errors import DescribedError
from audit.messages import DESTINATION_NOT_KNOWN, SEVERITY_NOT_KNOWN
from audit.record import AuditRecord
from audit.severity import Severity

ENTRY_POINTS = "integration_daemon.audit_destinations"

ALL_SEVERITIES = frozenset(Severity)
DEFAULT_CONSOLE_SEVERITIES = ALL_SEVERITIES - {Severity.TRACE, Severity.PERFMON}

_STORES = "org.odpi.openmetadata.adapters.repositoryservices.auditlogstore."
PROVIDERS = {
    _STORES + "console.ConsoleAuditLogStoreProvider": "console",
    _STORES + "file.FileBasedAuditLogStoreProvider": "json-lines",
    _STORES + "slf4j.SLF4JAuditLogStoreProvider": "python-logging",
}
"""The ecosystem's audit log destinations, and ours that stands for each."""


class Destination(Protocol):
    """Takes batches of records, on a worker thread, one batch at a time."""

    @property
    def name(self) -> str:
        """What it is called in messages about it."""

    @property
    def severities(self) -> frozenset[Severity]:
        """The severities it wants."""

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """Write a batch; may block, raises what keeps it from writing. A batch that failed comes again."""

    def close(self) -> None:
        """Let go of what it holds."""


class DestinationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a destination is configured."""

    provider: str
    """The name of a destination of ours, or the provider class of one of the ecosystem's."""
    name: str = ""
    address: str | None = None
    """Where it writes to, if it has such a place; relative to the directory it is made with."""
    supported_severities: Sequence[str] | None = None
    """Labels of the severities it gets; none: all of them, or the default of the console."""
    properties: dict[str, Any] = {}


class DestinationError(DescribedError):
    """A destination that cannot be made as it is configured."""


def make_destination(settings: DestinationSettings, *, server_name: str, directory: Path) -> Destination:
    """Make a destination; raises `DestinationError` for an unknown provider or severity."""
    factory, severities = check_destination(settings)
    made: Destination = factory.load().from_settings(
        settings, severities=severities, server_name=server_name, directory=directory
    )
    return made


def check_destination(
    settings: DestinationSettings,
) -> tuple[importlib.metadata.EntryPoint, frozenset[Severity]]:
    """Find what a destination would be made from; raises `DestinationError` as `make_destination` does."""
    name = PROVIDERS.get(settings.provider, settings.provider)
    found = importlib.metadata.entry_points(group=ENTRY_POINTS, name=name)
    if not found:
        known = sorted(point.name for point in importlib.metadata.entry_points(group=ENTRY_POINTS))
        raise DestinationError(DESTINATION_NOT_KNOWN, provider=settings.provider, known=", ".join(known))
    default = DEFAULT_CONSOLE_SEVERITIES if name == "console" else ALL_SEVERITIES
    return next(iter(found)), _severities(settings, default)


def _severities(settings: DestinationSettings, default: frozenset[Severity]) -> frozenset[Severity]:
    try:
        named = frozenset(Severity.from_label(label) for label in settings.supported_severities or ())
    except ValueError as error:
        raise DestinationError(SEVERITY_NOT_KNOWN, provider=settings.provider, problem=error) from None
    return named or default
