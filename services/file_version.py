"""Detecting changes of files."""

from collections.abc import Iterable
from pathlib import Path

POLL_INTERVAL = 2.0
"""Seconds between checks of files that may change."""


def versions_of(files: Iterable[Path]) -> tuple[object, ...]:
    """A value that differs after each change of the files. Blocks."""
    return tuple(map(_version_of, files))


def _version_of(path: Path) -> object:
    try:
        found = path.stat()
    except OSError as error:
        return error.errno
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
