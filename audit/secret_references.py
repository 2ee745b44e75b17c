"""References to secrets: texts that name the location of a secret instead of containing it."""

from functools import cache
from importlib.metadata import entry_points

VAULTS = "integration_daemon.vaults"
"""The entry point group of vaults; the name of each is the scheme of its references."""


def is_reference(value: str) -> bool:
    """True if a value is `env:NAME`, `file:PATH`, `credential:NAME` or a reference to a vault, and so not a secret."""
    return value.startswith(_prefixes())


@cache
def _prefixes() -> tuple[str, ...]:
    return ("env:", "file:", "credential:", *(f"{point.name}:" for point in entry_points(group=VAULTS)))
