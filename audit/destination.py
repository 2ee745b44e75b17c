"""The interface of audit log destinations, and their creation from settings."""

import math
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path
from typing import Any, Protocol

import msgspec

from audit.batch import RecordBatch
from audit.errors import DescribedError
from audit.messages import (
    DESTINATION_NOT_KNOWN,
    DESTINATION_NOT_MADE,
    DESTINATION_SETTING_WRONG,
    SEVERITY_NOT_KNOWN,
)
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
"""The destination that replaces each of Egeria's audit log stores."""


class Destination(Protocol):
    """Takes batches of records, on a worker thread, one batch at a time.

    A destination that appends to a file has the file's path as the attribute `path`, so that the platform can refuse
    the path.
    """

    @property
    def name(self) -> str:
        """The name of the destination in messages."""

    @property
    def severities(self) -> frozenset[Severity]:
        """The severities that it accepts."""

    def write(self, batch: RecordBatch) -> None:
        """Write a batch, which is a `Sequence[AuditRecord]`. May block; raises an exception if it cannot write.

        A failed batch is written again later.
        """

    def close(self) -> None:
        """Release its resources."""


class DestinationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a destination."""

    provider: str
    """The entry point name of a destination, or the provider class of one of Egeria's audit log stores."""
    name: str = ""
    address: str | None = None
    """The place it writes to, if it needs one; a path is relative to the `directory` of `make_destination`."""
    supported_severities: Any = None
    """A list of the labels of the severities that it accepts; `None` or empty: all, or the default of the console."""
    properties: dict[str, Any] = {}

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """The value of a numeric property; raises `DestinationError` for any other value, and for one out of range."""
        value = self.properties.get(name)
        if value is None:
            return default
        bounds = f"it must be a number from {least:,} to {most:,}"
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not least <= number <= most:
            raise DestinationError(
                DESTINATION_SETTING_WRONG, provider=self.provider, setting=name, problem=f"{bounds}, not {value!r:.100}"
            )
        return number

    def flag(self, name: str) -> bool:
        """The value of a boolean property; raises `DestinationError` for any other value."""
        value = self.properties.get(name, False)
        if not isinstance(value, bool | str) or value not in _FLAGS:
            problem = f"it must be true or false, not {value!r:.100}"
            raise DestinationError(DESTINATION_SETTING_WRONG, provider=self.provider, setting=name, problem=problem)
        return _FLAGS[value]


_FLAGS = {False: False, True: True, "false": False, "true": True}


class DestinationError(DescribedError):
    """A destination cannot be created with its configuration."""


def make_destination(settings: DestinationSettings, *, server_name: str, directory: Path) -> Destination:
    """Create a destination; raises `DestinationError` if its configuration is not valid."""
    factory, severities = check_destination(settings)
    try:
        made: Destination = factory.load().from_settings(
            settings, severities=severities, server_name=server_name, directory=directory
        )
    except DestinationError:
        raise
    except Exception as error:  # raised by an installed package, which is foreign code
        raise _not_made(settings, error) from error
    return made


def check_destination(
    settings: DestinationSettings,
) -> tuple[EntryPoint, frozenset[Severity]]:
    """Check the settings of a destination without creating it; raises `DestinationError` if they are not valid.

    A destination class may define `check_settings` to check its properties.
    """
    name = PROVIDERS.get(settings.provider, settings.provider)
    found = installed_destinations(name)
    if not found:
        known = sorted(point.name for point in _installed())
        raise DestinationError(DESTINATION_NOT_KNOWN, provider=settings.provider, known=", ".join(known))
    (point, *_) = found
    try:
        check_settings = getattr(point.load(), "check_settings", None)
    except Exception as error:
        raise _not_made(settings, error) from error
    if check_settings is not None:
        check_settings(settings)
    default = DEFAULT_CONSOLE_SEVERITIES if name == "console" else ALL_SEVERITIES
    return point, _severities(settings, default)


def installed_destinations(name: str) -> EntryPoints:
    """The entry points of destinations with a name, which several packages may provide. May block."""
    found = _installed().select(name=name)
    if not found:  # a package may have been installed in the meantime
        _installed.cache_clear()
        found = _installed().select(name=name)
    return found


@cache
def _installed() -> EntryPoints:
    """The entry points of all destinations; Python reads files of every installed package, in tens of milliseconds."""
    return entry_points(group=ENTRY_POINTS)


def _not_made(settings: DestinationSettings, error: Exception) -> DestinationError:
    return DestinationError(DESTINATION_NOT_MADE, provider=settings.provider, cause=f"{type(error).__name__}: {error}")


def _severities(settings: DestinationSettings, default: frozenset[Severity]) -> frozenset[Severity]:
    labels = settings.supported_severities
    try:
        if labels is not None and not (isinstance(labels, list) and all(isinstance(label, str) for label in labels)):
            raise ValueError(f"they must be a list such as ['Error', 'Exception'], not {labels!r:.100}")
        named = frozenset(Severity.from_label(label) for label in labels or ())
    except ValueError as error:
        raise DestinationError(SEVERITY_NOT_KNOWN, provider=settings.provider, problem=error) from None
    return named or default
