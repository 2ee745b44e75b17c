"""The files of a data directory that belong in a backup, in the order in which they are copied.

Received events and notes move on to the catalogue. So files that are not databases come first, and metadata stores
last: data that has left one file is in a file that is copied later, and no file has a change that its catalogue lacks.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from integration_daemon.platform.data_directory import LOCK
from integration_daemon.platform.embedded_store import FILE_NAME as METADATA_STORE

_DATABASE = b"SQLite format 3\0"
_COMPANIONS = ("-wal", "-shm", "-journal")
"""Suffixes of the files of an open database; a copy of the database includes their content."""
_STORE_LOCK = ".sqlite.lock"


class BackedUpFiles(msgspec.Struct, frozen=True):
    """The files of a data directory."""

    plain: list[Path]
    databases: list[Path]


def files_in(directory: Path) -> BackedUpFiles:
    """The present files, except the locks of a running process. Blocks.

    Raises `OSError` for a directory or a file that cannot be read.
    """
    plain: list[Path] = []
    databases: list[Path] = []
    for path in _regular_files(directory, ()):
        if path != directory / LOCK and not path.name.endswith(_STORE_LOCK):
            try:
                with path.open("rb") as file:
                    (databases if file.read(len(_DATABASE)) == _DATABASE else plain).append(path)
            except FileNotFoundError:  # a temporary file
                continue
    companions = {each.with_name(each.name + ending) for each in databases for ending in _COMPANIONS}
    databases.sort(key=lambda each: each.name == METADATA_STORE)
    return BackedUpFiles([each for each in plain if each not in companions], databases)


def _regular_files(directory: Path, above: tuple[str, ...]) -> Iterator[Path]:
    """The files below a directory in the order of names, with links followed; `above` has the parent directories."""
    place = os.path.realpath(directory)
    if place in above:
        raise OSError(errno.ELOOP, "it is a link to a directory that it is in", str(directory))
    try:
        with os.scandir(directory) as found:
            entries = sorted(found, key=lambda each: each.name)
    except FileNotFoundError:  # a temporary directory
        return
    for entry in entries:
        if entry.is_dir():
            yield from _regular_files(Path(entry.path), (*above, place))
        elif entry.is_file():
            yield Path(entry.path)
        elif entry.is_symlink() and not os.path.exists(entry.path):
            raise OSError(errno.ELOOP, "it is a link to something that is not there", entry.path)
