"""Entry points of installed packages. An entry point that cannot be loaded is reported, and does not affect others."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec

from audit.foreign import named_text
from services.framework.connector import connector_class_problem
from services.framework.server_security import security_connector_problem
from services.framework.service import IntegrationService

SERVICES = "integration_daemon.services"
CONNECTORS = "integration_daemon.connectors"
SECURITY_CONNECTORS = "integration_daemon.security_connectors"


class InstalledEntryPoint(msgspec.Struct, frozen=True):
    """An entry point and its target."""

    group: str
    name: str
    target: str
    """`package.module:attribute`"""
    loaded: Any = None
    problem: str = ""
    """The reason why the entry point could not be loaded; empty if it was."""


@cache
def installed_entry_points(group: str) -> tuple[InstalledEntryPoint, ...]:
    """All entry points of a group, by name; loaded on the first call."""
    _packages_read()
    return tuple(sorted(_load(group), key=lambda entry_point: entry_point.name))


def broken_entry_points(
    groups: Sequence[str] = (SERVICES, CONNECTORS, SECURITY_CONNECTORS),
) -> list[InstalledEntryPoint]:
    """The entry points that could not be loaded."""
    return [entry_point for group in groups for entry_point in installed_entry_points(group) if entry_point.problem]


def reread_entry_points() -> bool:
    """Read entry points again if packages were installed or removed; false if none were."""
    if _packages_read() == _packages():
        return False
    importlib.invalidate_caches()
    installed_entry_points.cache_clear()
    _packages_read.cache_clear()
    return True


@cache
def _packages_read() -> dict[str, int]:
    """The result of `_packages` before entry points were read."""
    return _packages()


def _packages() -> dict[str, int]:
    """The directories of packages with their modification times: installing a package changes one of them."""
    changed: dict[str, int] = {}
    for directory in sys.path:
        with suppress(OSError):
            changed[directory] = os.stat(directory).st_mtime_ns
    return changed


def _load(group: str) -> Iterator[InstalledEntryPoint]:
    for point in entry_points(group=group):
        try:
            loaded = point.load()
            problem = _PROBLEMS[group](loaded)
        except BaseException as error:  # foreign code runs at import and may raise anything
            loaded, problem = None, named_text(error)
        yield InstalledEntryPoint(group, point.name, point.value, loaded, problem)


_PROBLEMS: dict[str, Callable[[object], str]] = {
    CONNECTORS: connector_class_problem,
    SECURITY_CONNECTORS: security_connector_problem,
    SERVICES: lambda loaded: "" if isinstance(loaded, IntegrationService) else "it is not an IntegrationService",
}
"""Functions that return the reason why an object is unusable for a group; empty if it is usable."""
