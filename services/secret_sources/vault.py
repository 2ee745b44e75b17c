"""Vaults: services that store secrets. Packages provide them through an entry point group."""

from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from audit.secret_references import VAULTS


class Vault(Protocol):
    """A vault. The entry point is a class, or another callable without arguments, which is called once."""

    @property
    def environment_variables(self) -> frozenset[str]:
        """The environment variables that configure the vault. References in documents may not name them."""

    def read(self, name: str) -> str:
        """The secret with a name, which is the part of a reference after the scheme.

        Called on any worker thread for each use of the secret; it may block for some seconds. Raises one of
        `services.errors`, without any secret in its text.
        """


@cache
def vault_of(scheme: str) -> Vault | None:
    """The vault of a scheme, created by the first call; `None` if no package provides it."""
    for point in entry_points(group=VAULTS, name=scheme):
        made: Vault = point.load()()
        return made
    return None


@cache
def variables_of_vaults() -> frozenset[str]:
    """The environment variables that configure the installed vaults."""
    names = {point.name for point in entry_points(group=VAULTS)}
    vaults = (vault_of(name) for name in names)
    return frozenset[str]().union(*(vault.environment_variables for vault in vaults if vault is not None))
