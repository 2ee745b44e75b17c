"""Which files and environment variables the secret references of configuration documents may lead to.

Whoever may change a document chooses the reference and the address that the secret is sent to. Without a bound, both
together would send any file of this machine anywhere.
"""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

import msgspec

MOUNTED = "/run/secrets"
"""Where container platforms mount secrets."""
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""The environment variable in which systemd names the directory of a service's credentials."""


class SecretAccess(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one process. Paths are absolute."""

    directories: tuple[str, ...] = ()
    """Files below these may be read."""
    beside: tuple[str, ...] = ()
    """Files in these may be read, but for hidden ones and for those in directories below them."""
    never: tuple[str, ...] = ()
    """No file below these may be read, whatever else is said."""
    variables: tuple[str, ...] = ("*",)
    """Patterns of the environment variables that may be read."""

    def allows_file(self, path: str) -> bool:
        """True if a path, with its symbolic links followed, leads to where secrets may be. Blocks."""
        real = os.path.realpath(path)
        if any(_below(real, each) is not None for each in self.never):
            return False
        if any(_below(real, each) is not None for each in self.directories):
            return True
        return any(_is_beside(_below(real, each)) for each in self.beside)

    def allows_variable(self, name: str) -> bool:
        """True if an environment variable may hold a secret of a document."""
        return any(fnmatchcase(name, pattern) for pattern in self.variables)


def _below(real: str, directory: str) -> PurePath | None:
    """The path relative to a directory that it lies below."""
    path, above = PurePath(real), PurePath(os.path.realpath(directory))
    return path.relative_to(above) if above in path.parents else None


def _is_beside(path: PurePath | None) -> bool:
    """True for the name of a file. Kubernetes mounts have it in a directory that begins with two dots."""
    return path is not None and not path.name.startswith(".") and all(each.startswith("..") for each in path.parts[:-1])


def bounds(
    data_directory: Path,
    documents: Sequence[Path],
    *,
    directories: Sequence[str] = (),
    variables: Sequence[str] | None = None,
) -> SecretAccess:
    """The bounds of a process: the usual directories and those that are named, and beside these documents."""
    usual = [str(Path(os.path.abspath(data_directory)).parent / "secrets"), MOUNTED]
    if credentials := os.environ.get(CREDENTIALS_DIRECTORY):
        usual.append(credentials)
    return SecretAccess(
        directories=(*usual, *directories),
        beside=tuple(sorted({os.path.dirname(os.path.abspath(each)) for each in documents})),
        never=(os.path.abspath(data_directory),),
        variables=("*",) if variables is None else tuple(variables),
    )


_granted = SecretAccess(directories=(MOUNTED,))


def grant(access: SecretAccess) -> None:
    """Set the bounds of this process; before, only files below `/run/secrets` may be read."""
    global _granted  # a process has one platform, as it has one environment
    _granted = access


def granted() -> SecretAccess:
    """The bounds of this process."""
    return _granted
