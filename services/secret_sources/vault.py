"""Vaults: services that keep secrets. Packages bring them in through an entry point group."""

from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from audit.secret_references import VAULTS


class Vault(Protocol):
    """A vault. The entry point is a class, or another callable without arguments, that makes it once."""

    @property
    def environment_variables(self) -> frozenset[str]:
        """The variables that it reads. No reference of a document leads to them."""

    def read(self, name: str) -> str:
        """The secret of a name, which is what follows the scheme in a reference.

        It is called on any worker thread for each use of the secret, blocks, and ends within some seconds. Raises one
        of `services.errors`, without any secret in its text.
        """


@cache
def vault_of(scheme: str) -> Vault | None:
    """The vault of a scheme, made on the first call; none if no package has one."""
    for point in entry_points(group=VAULTS, name=scheme):
        made: Vault = point.load()()
        return made
    return None


@cache
def variables_of_vaults() -> frozenset[str]:
    """The variables that vaults read."""
    names = {point.name for point in entry_points(group=VAULTS)}
    vaults = (vault_of(name) for name in names)
    return frozenset[str]().union(*(vault.environment_variables for vault in vaults if vault is not None))
