"""The files and environment variables that secret references in configuration documents may name.

The author of a document chooses both the reference and the address to which the secret is sent. Without bounds, a
document could send any file of this machine to any address.
"""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

import msgspec

MOUNTED = "/run/secrets"
"""The directory in which container platforms mount secrets."""
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""The environment variable in which systemd names the directory of a service's credentials."""


class SecretAccess(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one process. Paths are absolute."""

    directories: tuple[str, ...] = ()
    """Directories; files at any depth below them may be read."""
    document_directories: tuple[str, ...] = ()
    """Directories; files directly in them may be read, except hidden files."""
    excluded_directories: tuple[str, ...] = ()
    """Directories; no file below them may be read, even if another field allows it."""
    variables: tuple[str, ...] = ("*",)
    """Patterns of the environment variables that may be read."""

    def allows_file(self, path: str) -> bool:
        """True if the file at a path, with symbolic links followed, may be read. Blocks."""
        real = os.path.realpath(path)
        if any(_below(real, each) is not None for each in self.excluded_directories):
            return False
        if any(_below(real, each) is not None for each in self.directories):
            return True
        return any(_is_visible_file(_below(real, each)) for each in self.document_directories)

    def allows_variable(self, name: str) -> bool:
        """True if an environment variable may be read."""
        return any(fnmatchcase(name, pattern) for pattern in self.variables)


def _below(real: str, directory: str) -> PurePath | None:
    """The path relative to a directory; `None` if it is not below the directory."""
    path, above = PurePath(real), PurePath(os.path.realpath(directory))
    return path.relative_to(above) if above in path.parents else None


def _is_visible_file(path: PurePath | None) -> bool:
    """True for the name of a file that is not hidden.

    Kubernetes mounts have such files in a directory whose name begins with two dots.
    """
    return path is not None and not path.name.startswith(".") and all(each.startswith("..") for each in path.parts[:-1])


def bounds(
    data_directory: Path,
    documents: Sequence[Path],
    *,
    directories: Sequence[str] = (),
    variables: Sequence[str] | None = None,
) -> SecretAccess:
    """The bounds of a process: the default and the given directories, and the directories of the documents."""
    usual = [str(Path(os.path.abspath(data_directory)).parent / "secrets"), MOUNTED]
    if credentials := os.environ.get(CREDENTIALS_DIRECTORY):
        usual.append(credentials)
    return SecretAccess(
        directories=(*usual, *directories),
        document_directories=tuple(sorted({os.path.dirname(os.path.abspath(each)) for each in documents})),
        excluded_directories=(os.path.abspath(data_directory),),
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
