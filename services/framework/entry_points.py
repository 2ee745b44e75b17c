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


class Offer(msgspec.Struct, frozen=True):
    """An entry point and its target."""

    group: str
    name: str
    target: str
    """`package.module:attribute`"""
    loaded: Any = None
    problem: str = ""
    """The reason why the entry point could not be loaded; empty if it was."""


@cache
def offers(group: str) -> tuple[Offer, ...]:
    """All entry points of a group, by name; loaded on the first call."""
    _packages_read()
    return tuple(sorted(_load(group), key=lambda offer: offer.name))


def broken_offers(groups: Sequence[str] = (SERVICES, CONNECTORS, SECURITY_CONNECTORS)) -> list[Offer]:
    """The entry points that could not be loaded."""
    return [offer for group in groups for offer in offers(group) if offer.problem]


def forget_outdated_offers() -> bool:
    """Read entry points again if packages were installed or removed; returns whether that is so."""
    if _packages_read() == _packages():
        return False
    importlib.invalidate_caches()
    offers.cache_clear()
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


def _load(group: str) -> Iterator[Offer]:
    for point in entry_points(group=group):
        try:
            loaded = point.load()
            problem = _PROBLEMS[group](loaded)
        except BaseException as error:  # foreign code runs at import and may raise anything
            loaded, problem = None, named_text(error)
        yield Offer(group, point.name, point.value, loaded, problem)


_PROBLEMS: dict[str, Callable[[object], str]] = {
    CONNECTORS: connector_class_problem,
    SECURITY_CONNECTORS: security_connector_problem,
    SERVICES: lambda loaded: "" if isinstance(loaded, IntegrationService) else "it is not an IntegrationService",
}
"""Functions that return the reason why an object is unusable for a group; empty if it is usable."""
